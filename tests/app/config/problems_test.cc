#include <gmock/gmock.h>

#include "tests/app/config/config_support.h"

namespace app {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(ConfigProblemsTest, TheDefaultsHaveNone) { EXPECT_THAT(Config{}.problems(), IsEmpty()); }

struct Contradiction {
  std::vector<std::string> sets;
  const char* problem;
};
class ContradictionTest : public testing::TestWithParam<Contradiction> {};

// The option's origin comes from the first key that was set at all.
TEST_P(ContradictionTest, IsNamedWithItsCure) {
  EXPECT_THAT(faults_of(load_sets(GetParam().sets)),
              ElementsAre(std::string("--set #1: ") + GetParam().problem));
}

INSTANTIATE_TEST_SUITE_P(
    Sets, ContradictionTest,
    testing::Values(
        Contradiction{{"listen=[]"},
                      "listen is empty: nobody could connect; write for example [\"udp://0.0.0.0:3478\"]"},
        Contradiction{{"listen=['udp://0.0.0.0:1','udp://0.0.0.0:1']"},
                      "listen has 0.0.0.0:1 over UDP twice; remove one"},
        Contradiction{
            {"listen=['tcp://0.0.0.0:1','udp://0.0.0.0:1','tls://0.0.0.0:1']"},
            "listen has 0.0.0.0:1 over TCP twice; remove one (tcp and tls share a port: tcp takes TLS too)"},
        Contradiction{{"external_ip=['192.0.2.1','192.0.2.2']"},
                      "external_ip has two IPv4 addresses; keep the one that clients should be told"},
        Contradiction{{"external_ip=['2001:db8::1','2001:db8::2']"},
                      "external_ip has two IPv6 addresses; keep the one that clients should be told"},
        Contradiction{{"external_ip=0.0.0.0"},
                      "external_ip has 0.0.0.0, which nobody can reach; write the public address"},
        Contradiction{{"workers=257"}, "workers (257) is above 256; use 0 for one per core"},
        Contradiction{{"data_dir=''"}, "data_dir is empty; name a directory that icebox may write to"},
        Contradiction{{"tls.certificate=/c.pem"},
                      "tls.certificate is set without tls.key; name the file of its private key"},
        Contradiction{{"tls.key=/k.pem"},
                      "tls.key is set without tls.certificate; name the file of its certificate chain"},
        Contradiction{{"tls.acme.domains=x.org"},
                      "tls.acme.domains is set, but ACME is not built in yet; obtain a certificate with "
                      "certbot or lego "
                      "and name it in tls.certificate and tls.key"},
        Contradiction{
            {"auth.credential_ttl=48h"},
            "auth.credential_ttl (48h) is above auth.max_credential_ttl (24h): minted credentials would be "
            "refused; lower it or raise the maximum"},
        Contradiction{
            {"auth.max_credential_ttl=30m"},
            "auth.credential_ttl (1h) is above auth.max_credential_ttl (30m): minted credentials would be "
            "refused; lower it or raise the maximum"},
        Contradiction{
            {"auth.credential_ttl=0"},
            "auth.credential_ttl is 0: credentials would be born expired; write for example \"1h\""},
        Contradiction{{"auth.secret=['']"},
                      "auth.secret has an empty secret, which anybody could guess; remove it"},
        Contradiction{{"auth.users={''='x'}"}, "auth.users has a name of 0 bytes; STUN carries 1 to 508"},
        Contradiction{{"auth.users={a=''}"},
                      "auth.users has a user without a password; give one or remove the user"},
        Contradiction{{"relay.ports=65535-49152"},
                      "relay.ports 65535-49152 is reversed; write the lower port first"},
        Contradiction{
            {"relay.ports=1023-2000"},
            "relay.ports 1023-2000 reaches below 1024, where services of this host live; begin at 1024 or "
            "above"},
        Contradiction{
            {"relay.addresses=::"},
            "relay.addresses has ::, which is no address; write one of this host, or [] to find it"},
        Contradiction{{"relay.addresses=['192.0.2.1','192.0.2.1']"},
                      "relay.addresses has an address twice; remove one"},
        Contradiction{
            {"relay.max_lifetime=599"},
            "relay.max_lifetime (9m59s) is below 10m, the lifetime that clients expect (RFC 8656); raise it"},
        Contradiction{{"relay.fast_path=tc"},
                      "relay.fast_path \"tc\" is not built in yet; write \"auto\" or \"off\""},
        Contradiction{{"relay.fast_path=xdp"},
                      "relay.fast_path \"xdp\" is not built in yet; write \"auto\" or \"off\""},
        Contradiction{{"relay.allocations=0"}, "relay.allocations is 0: nobody could relay; raise it"},
        Contradiction{{"signaling.allowed_origins=example.org"},
                      "signaling.allowed_origins has \"example.org\", which is no origin; write for example "
                      "\"https://app.example.org\", without a path"},
        Contradiction{
            {"signaling.allowed_origins=https://example.org/"},
            "signaling.allowed_origins has \"https://example.org/\", which is no origin; write for example "
            "\"https://app.example.org\", without a path"},
        Contradiction{
            {"signaling.allowed_origins=https://example.org:443"},
            "signaling.allowed_origins has \"https://example.org:443\", which no browser sends: it leaves "
            "out the scheme's own port; write for example \"https://app.example.org\", without a path"},
        Contradiction{
            {"signaling.allowed_origins=wss://example.org"},
            "signaling.allowed_origins has \"wss://example.org\", which no browser sends: origins of pages "
            "begin with http or https; write for example \"https://app.example.org\", without a path"},
        Contradiction{
            {"signaling.public_url=example.org/rtc"},
            "signaling.public_url is \"example.org/rtc\", which is no web address; write for example "
            "\"https://example.org/rtc/\""},
        Contradiction{
            {"signaling.public_url=https://example.org/rtc?x"},
            "signaling.public_url is \"https://example.org/rtc?x\", whose path has more than letters, digits "
            "and -._~; write for example \"https://example.org/rtc/\""},
        Contradiction{
            {"signaling.public_url=https://example.org/api/"},
            "signaling.public_url is \"https://example.org/api/\", whose path begins like one of the "
            "server's own; write for example \"https://example.org/rtc/\""},
        Contradiction{
            {"limits.forwarded_for_from=0.0.0.0/0"},
            "limits.forwarded_for_from has 0.0.0.0/0: anybody could pass for anybody; name the proxies only"},
        Contradiction{{"signaling.max_message=1KiB"},
                      "signaling.max_message (1KiB) is outside 4KiB to 16MiB: offers would not fit, or one "
                      "sender could "
                      "fill the memory; write \"64KiB\""},
        Contradiction{
            {"signaling.max_message=1MiB"},
            "signaling.offline_queue.bytes (256KiB) is below signaling.max_message (1MiB): a large message "
            "could never wait; raise it"},
        Contradiction{{"limits.idle_deadline=0"},
                      "limits.idle_deadline is 0: every connection would be closed at once; raise it"},
        Contradiction{{"limits.unauthenticated_replies_per_second=0"},
                      "limits.unauthenticated_replies_per_second is 0: no client would learn realm and "
                      "nonce; raise it"},
        Contradiction{{"metrics.listen=0.0.0.0:443"},
                      "metrics.listen 0.0.0.0:443 is also in listen; give metrics a port of their own"}));

TEST(ConfigProblemsTest, SeveralPortsOfTheKernelsChoiceAreNoDuplicates) {
  config_of(load_sets(
      {"listen=['udp://127.0.0.1:0','udp://127.0.0.1:0','tcp://127.0.0.1:0','tls://127.0.0.1:0']"}));
}

TEST(ConfigProblemsTest, OneExternalAddressOfEachFamilyIsFine) {
  config_of(load_sets({"external_ip=['192.0.2.1','2001:db8::1']"}));
}

TEST(ConfigProblemsTest, ARealmLongerThanStunCarriesIsOne) {
  config_of(load_sets({"realm=" + std::string(763, 'x')}));
  EXPECT_EQ(faults_of(load_sets({"realm=" + std::string(764, 'x')})).size(), 1u);
}

TEST(ConfigProblemsTest, SecretsStayOutOfThem) {
  const auto faults = faults_of(load_sets({"auth.users={''='hunter2'}", "auth.secret=['hunter3','']"}));
  ASSERT_EQ(faults.size(), 2u);
  for (const auto& fault : faults) EXPECT_THAT(fault, testing::Not(testing::HasSubstr("hunter")));
}

}  // namespace
}  // namespace app
