#include "app/config/keys.h"

#include <gmock/gmock.h>

#include <set>

#include "app/config/edit_distance.h"
#include "app/config/reload.h"
#include "app/config/toml.h"
#include "tests/app/config/config_support.h"

namespace app {
namespace {

struct KeySample {
  const char* key;
  const char* value;  // other than the default, as the table writes it
};

// One line per key: a key without a line here fails EveryKeyHasASample.
constexpr KeySample kSamples[] = {
    {"realm", "\"turn.example.org\""},
    {"listen", "[\"udp://127.0.0.1:5000\", \"tls://[::1]:443\"]"},
    {"external_ip", "[\"203.0.113.7\", \"2001:db8::7\"]"},
    {"workers", "4"},
    {"data_dir", "\"/srv/icebox\""},
    {"tls.certificate", "\"/etc/icebox/fullchain.pem\""},
    {"tls.key", "\"/etc/icebox/key.pem\""},
    {"tls.acme.domains", "[\"turn.example.org\"]"},
    {"tls.acme.email", "\"admin@example.org\""},
    {"tls.acme.directory", "\"https://acme.example.org/directory\""},
    {"auth.secret", "[\"new secret of some length\", \"old secret\"]"},
    {"auth.users", "{ alice = \"password\", \"bob smith\" = \"x\" }"},
    {"auth.credential_ttl", "\"30m\""},
    {"auth.max_credential_ttl", "\"48h\""},
    {"auth.rest_hash", "\"sha256\""},
    {"auth.username_anonymity", "true"},
    {"relay.ports", "\"20000-29999\""},
    {"relay.addresses", "[\"192.0.2.1\"]"},
    {"relay.allow_peers", "[\"10.0.0.0/8:1024-65535\", \"[2001:db8::]/32:443\"]"},
    {"relay.deny_peers", "[\"198.51.100.0/24\"]"},
    {"relay.allocations_per_user", "5"},
    {"relay.allocations_per_source", "6"},
    {"relay.allocations", "7"},
    {"relay.bits_per_second_per_allocation", "8000000"},
    {"relay.max_lifetime", "\"2h\""},
    {"relay.tcp_relay", "true"},
    {"relay.fast_path", "\"off\""},
    {"signaling.peerjs_key", "\"\""},
    {"signaling.peerjs_discovery", "true"},
    {"signaling.ice_test", "true"},
    {"signaling.strict_permissions", "true"},
    {"signaling.legacy_peerbook", "true"},
    {"signaling.allowed_origins", "[\"https://app.example.org\"]"},
    {"signaling.public_url", "\"https://example.org/rtc/\""},
    {"signaling.registration", "\"otp\""},
    {"signaling.max_message", "\"128KiB\""},
    {"signaling.peers_per_user", "3"},
    {"signaling.message_rate.per_second", "51"},
    {"signaling.message_rate.burst", "52"},
    {"signaling.message_rate.bytes_per_second", "\"53KiB\""},
    {"signaling.message_rate.burst_bytes", "\"54KiB\""},
    {"signaling.offline_queue.messages", "10"},
    {"signaling.offline_queue.bytes", "\"1MiB\""},
    {"signaling.offline_queue.age", "\"1m\""},
    {"limits.connections", "100"},
    {"limits.connections_per_source", "10"},
    {"limits.unauthenticated_replies_per_second", "11"},
    {"limits.wrong_passwords_per_minute", "13"},
    {"limits.http_requests_per_second", "12"},
    {"limits.first_message_deadline", "\"3s\""},
    {"limits.handshake_deadline", "\"4s\""},
    {"limits.unauthenticated_deadline", "\"20s\""},
    {"limits.idle_deadline", "\"2m\""},
    {"limits.plain_http", "true"},
    {"limits.forwarded_for_from", "[\"127.0.0.1/32\", \"2001:db8:1::/64\"]"},
    {"limits.proxy_protocol_from", "[\"10.1.0.0/16\", \"2001:db8::/64\"]"},
    {"metrics.listen", "\"[::1]:9642\""},
    {"log.level", "\"debug\""},
    {"log.format", "\"json\""},
};

TEST(ConfigKeysTest, EveryKeyHasASample) {
  std::set<std::string_view> sampled;
  for (const auto& sample : kSamples) sampled.insert(sample.key);
  for (const auto& key : config_keys()) EXPECT_TRUE(sampled.contains(key.name)) << key.name;
  EXPECT_EQ(sampled.size(), config_keys().size());
}

// A sample that may not stand alone is read by its row directly, past problems().
TEST(ConfigKeysTest, EveryKeyIsReadAndWrittenBackAndTouchesNoOther) {
  for (const auto& sample : kSamples) {
    const auto* key = find_config_key(sample.key);
    ASSERT_NE(key, nullptr) << sample.key;
    const auto table = parse_toml(std::string("value = ") + sample.value);
    ASSERT_TRUE(table) << sample.key << " " << table.error().reason;
    Config config;
    ValueFaults faults;
    key->read(table->front().value, config, faults);
    EXPECT_TRUE(faults.empty()) << sample.key << " " << faults.front().reason;
    EXPECT_EQ(to_toml(key->write(config)), sample.value);
    EXPECT_THAT(diff_for_reload(Config{}, config),
                testing::ElementsAre(ConfigChange{key->name, key->on_reload}));
  }
}

// These are refused alone, by problems(): half a certificate, and what is not built in yet.
TEST(ConfigKeysTest, OnlyIncompleteSamplesAreRefusedAlone) {
  std::set<std::string> refused;
  for (const auto& sample : kSamples) {
    if (!load_sets({std::string(sample.key) + "=" + sample.value})) refused.insert(sample.key);
  }
  EXPECT_THAT(refused, testing::ElementsAre("tls.acme.domains", "tls.certificate", "tls.key"));
}

TEST(ConfigKeysTest, EveryKeyRefusesADateInItsOwnName) {
  for (const auto& key : config_keys()) {
    const auto faults = faults_of(load_sets({std::string(key.name) + "=2026-01-01"}));
    ASSERT_EQ(faults.size(), 1u) << key.name;
    EXPECT_THAT(faults[0], testing::HasSubstr("--set #1: " + std::string(key.name) + " = ")) << key.name;
    EXPECT_THAT(faults[0], testing::HasSubstr(" is a date or time; write ")) << key.name;
  }
}

TEST(ConfigKeysTest, NoNameIsBothAKeyAndASection) {
  for (const auto& key : config_keys()) EXPECT_FALSE(is_config_section(key.name)) << key.name;
  for (const auto* section : {"tls", "tls.acme", "signaling.offline_queue", "signaling.message_rate"}) {
    EXPECT_TRUE(is_config_section(section)) << section;
    EXPECT_EQ(find_config_key(section), nullptr) << section;
  }
  EXPECT_FALSE(is_config_section("rel"));
  EXPECT_FALSE(is_config_section(""));
}

TEST(ConfigKeysTest, OnlySecretAndUsersAreSecret) {
  std::vector<std::string_view> secret;
  for (const auto& key : config_keys()) {
    if (key.secret) secret.push_back(key.name);
  }
  EXPECT_THAT(secret, testing::ElementsAre("auth.secret", "auth.users"));
}

TEST(ConfigKeysTest, TheNearestKeyIsTheOneThatWasMeant) {
  const std::pair<const char*, const char*> slips[] = {
      {"relam", "realm"},
      {"listeners", "listen"},
      {"external-ip", "external_ip"},
      {"relay.port", "relay.ports"},
      {"max_lifetime", "relay.max_lifetime"},
      {"relay.credential_ttl", "auth.credential_ttl"},
      {"auth.secrets", "auth.secret"},
      {"tls.cert", "tls.key"},
      {"tls.certficate", "tls.certificate"},
      {"signaling.offline_queue.message", "signaling.offline_queue.messages"},
      {"log.levle", "log.level"},
  };
  for (const auto& [slip, meant] : slips) EXPECT_EQ(nearest_config_key(slip), meant) << slip;
}

TEST(EditDistanceTest, CountsInsertionsDeletionsReplacementsAndSwaps) {
  EXPECT_EQ(edit_distance("", ""), 0u);
  EXPECT_EQ(edit_distance("", "abc"), 3u);
  EXPECT_EQ(edit_distance("abc", ""), 3u);
  EXPECT_EQ(edit_distance("realm", "realm"), 0u);
  EXPECT_EQ(edit_distance("relam", "realm"), 1u);
  EXPECT_EQ(edit_distance("kitten", "sitting"), 3u);
  EXPECT_EQ(edit_distance(std::string(1000, 'a'), std::string(1000, 'b')), 64u);
}

}  // namespace
}  // namespace app
