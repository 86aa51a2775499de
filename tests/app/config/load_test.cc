#include "app/config/load.h"

#include <gmock/gmock.h>
#include <unistd.h>

#include <fstream>

#include "tests/app/config/config_support.h"

namespace app {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

struct FaultyText {
  const char* toml;
  const char* fault;
};
class ConfigFaultTest : public testing::TestWithParam<FaultyText> {};

TEST_P(ConfigFaultTest, IsOneLineWithPlaceKeyValueAndCure) {
  EXPECT_THAT(faults_of(load_toml(GetParam().toml)), ElementsAre(GetParam().fault));
}

INSTANTIATE_TEST_SUITE_P(
    Texts, ConfigFaultTest,
    testing::Values(
        FaultyText{"relam = 'x'", "icebox.toml:1:1: relam is no key of icebox; did you mean realm?"},
        FaultyText{
            "\n[relay]\nrfc5766_channel_numbers = true",
            "icebox.toml:3:1: relay.rfc5766_channel_numbers is no key of icebox any more: channel numbers up "
            "to 0x7FFE are always taken; remove the line"},
        FaultyText{"\n[relay]\nport = 1",
                   "icebox.toml:3:1: relay.port is no key of icebox; did you mean relay.ports?"},
        FaultyText{"max_lifetime = '1h'",
                   "icebox.toml:1:1: max_lifetime is no key of icebox; did you mean relay.max_lifetime?"},
        FaultyText{"[acme_]\nx = 1",
                   "icebox.toml:1:2: acme_ is no key of icebox; the nearest is signaling.offline_queue.age; "
                   "icebox check-config "
                   "lists them "
                   "all"},
        FaultyText{"\"relay.ports\" = '1-2'",
                   "icebox.toml:1:1: \"relay.ports\" is no key of icebox; did you mean relay.ports?"},
        FaultyText{"relay = 5",
                   "icebox.toml:1:1: relay is a section, not a value; write [relay] and its keys below, or "
                   "relay.KEY = "
                   "VALUE"},
        FaultyText{"realm = 5", "icebox.toml:1:9: realm = 5 is a whole number; write a string, in quotes"},
        FaultyText{"workers = '2'", "icebox.toml:1:11: workers = \"2\" is a string; write a whole number"},
        FaultyText{"workers = -1", "icebox.toml:1:11: workers = -1 is out of range; write 0 to 4294967295"},
        FaultyText{"workers = 1.5",
                   "icebox.toml:1:11: workers = (a fraction) is a fraction; write a whole number"},
        FaultyText{"[relay]\ntcp_relay = 'yes'",
                   "icebox.toml:2:13: relay.tcp_relay = \"yes\" is a string; write true or false"},
        FaultyText{
            "external_ip = 'auto'",
            "icebox.toml:1:15: external_ip = \"auto\" asking a STUN server is not available yet; write the "
            "address itself, or [] for none"},
        FaultyText{"external_ip = ['host']",
                   "icebox.toml:1:16: external_ip[0] = \"host\" is no IP address; write for example "
                   "\"203.0.113.7\" or "
                   "\"2001:db8::7\""},
        FaultyText{"listen = ['udp://0.0.0.0:1', 'http://x']",
                   "icebox.toml:1:30: listen[1] = \"http://x\" does not start with udp://, tcp:// or tls://; "
                   "write for "
                   "example \"udp://0.0.0.0:3478\""},
        FaultyText{"relay.allow_peers = ['10.0.0.1/8']",
                   "icebox.toml:1:22: relay.allow_peers[0] = \"10.0.0.1/8\" has bits set beyond its prefix "
                   "length; write "
                   "\"10.0.0.0/8\" for the network or \"10.0.0.1\" for the one address"},
        FaultyText{"[relay]\nmax_lifetime = '1x'",
                   "icebox.toml:2:16: relay.max_lifetime = \"1x\" is no duration; write for example "
                   "\"1h30m\", \"90s\" "
                   "or whole seconds"},
        FaultyText{
            "relay.ports = '1-99999'",
            "icebox.toml:1:15: relay.ports = \"1-99999\" is no range of ports up to 65535; write for example "
            "\"49152-65535\""},
        FaultyText{"log.level = 'loud'",
                   "icebox.toml:1:13: log.level = \"loud\" is none of the known words; write one of trace, "
                   "debug, info, "
                   "warn, error"},
        FaultyText{"metrics.listen = 'x'",
                   "icebox.toml:1:18: metrics.listen = \"x\" is no ADDRESS:PORT; write for example "
                   "\"127.0.0.1:9641\" or "
                   "\"[::1]:9641\""},
        FaultyText{"auth.secret = 12345678",
                   "icebox.toml:1:15: auth.secret = \"***\" is a whole number; write a list of strings"},
        FaultyText{
            "auth.users = { alice = 12345678 }",
            "icebox.toml:1:24: auth.users.alice = \"***\" is a whole number; write a string, in quotes"},
        FaultyText{
            "auth.users = 'alice'",
            "icebox.toml:1:14: auth.users = \"***\" is a string; write a table as { alice = \"password\" }"},
        FaultyText{
            "auth.secret = hunter2",
            "icebox.toml:1:15: this is not TOML: Error while parsing value: could not determine value type"},
        FaultyText{"auth.secret = tresecret",
                   "icebox.toml:1:17: this is not TOML: Error while parsing boolean: expected 'true'"},
        FaultyText{"relay.max_lifetime = '5m'",
                   "icebox.toml:1:7: relay.max_lifetime (5m) is below 10m, the lifetime that clients expect "
                   "(RFC 8656); "
                   "raise it"}));

TEST(ConfigLoadTest, WithoutAnyTextTheDefaultsRun) {
  const auto loaded = load_sets({});
  EXPECT_EQ(config_of(loaded), Config{});
  EXPECT_THAT(loaded->origins, IsEmpty());
  EXPECT_EQ(to_string(loaded->origin_of("realm")), "default");
}

TEST(ConfigLoadTest, AllFaultsOfAllTextsComeAtOnceInTheirOrder) {
  const auto faults =
      faults_of(load_toml("workers = 'two'\nlisten = ['x', 'y']\nbogus = 1\n[relay]\nmax_lifetime = '1s'\n",
                          {{"realm", "log.level=loud"}, std::nullopt}));
  ASSERT_EQ(faults.size(), 7u) << testing::PrintToString(faults);
  EXPECT_THAT(faults[0], HasSubstr("icebox.toml:1:11: workers = "));
  EXPECT_THAT(faults[1], HasSubstr("icebox.toml:2:11: listen[0] = "));
  EXPECT_THAT(faults[2], HasSubstr("icebox.toml:2:16: listen[1] = "));
  EXPECT_THAT(faults[3], HasSubstr("icebox.toml:3:1: bogus "));
  EXPECT_THAT(faults[4], HasSubstr("--set #1: "));
  EXPECT_THAT(faults[5], HasSubstr("--set #2: log.level = "));
  EXPECT_THAT(faults[6], HasSubstr("icebox.toml:5:1: relay.max_lifetime (1s) is below 10m"));
}

TEST(ConfigLoadTest, AKeyThatCouldNotBeReadContradictsNothing) {
  EXPECT_EQ(faults_of(load_toml("[auth]\ncredential_ttl = '72h'\nmax_credential_ttl = 'x'")).size(), 1u);
}

TEST(ConfigLoadTest, SetComesOverTheFileAndDataOverAll) {
  const auto loaded = load_toml("realm = 'file'\nworkers = 1\ndata_dir = '/a'\n",
                                {{"realm=first", "realm=second", "data_dir=/b"}, "/c"});
  const auto config = config_of(loaded);
  EXPECT_EQ(config.realm, "second");
  EXPECT_EQ(config.workers, 1u);
  EXPECT_EQ(config.data_dir, "/c");
  EXPECT_EQ(to_string(loaded->origin_of("realm")), "--set #2");
  EXPECT_EQ(to_string(loaded->origin_of("workers")), "file icebox.toml:2");
  EXPECT_EQ(to_string(loaded->origin_of("data_dir")), "--data");
  EXPECT_EQ(to_string(loaded->origin_of("listen")), "default");
}

TEST(ConfigLoadTest, ALaterListReplacesAnEarlierOneButUsersAreAdded) {
  const auto config =
      config_of(load_toml("external_ip = ['192.0.2.1']\n[auth]\nusers = { a = '1', b = '2' }",
                          {{"external_ip=['192.0.2.2']", "auth.users.b='3'", "auth.users={c='4'}"}, {}}));
  EXPECT_THAT(config.external_ip, ElementsAre(*base::IpAddress::parse("192.0.2.2")));
  EXPECT_THAT(config.auth.users,
              ElementsAre(testing::Pair("a", "1"), testing::Pair("b", "3"), testing::Pair("c", "4")));
}

TEST(ConfigLoadTest, ASingleElementNeedsNoBracketsAndTheEmptyStringIsNone) {
  EXPECT_EQ(config_of(load_sets({"listen=udp://127.0.0.1:5000"})).listen.size(), 1u);
  EXPECT_THAT(config_of(load_sets({"auth.secret=0123456789abcdef"})).auth.secret,
              ElementsAre("0123456789abcdef"));
  EXPECT_THAT(config_of(load_sets({"auth.secret="
                                   "\"\""}))
                  .auth.secret,
              IsEmpty());
  EXPECT_EQ(config_of(load_sets({"metrics.listen=\"\""})).metrics.listen, std::nullopt);
}

TEST(ConfigLoadTest, DurationsAndSizesMayBeNumbers) {
  const auto config = config_of(load_toml("relay.max_lifetime = 7200\nsignaling.max_message = 8192"));
  EXPECT_EQ(config.relay.max_lifetime, std::chrono::hours{2});
  EXPECT_EQ(config.signaling.max_message.bytes, 8192u);
}

struct SetSyntax {
  const char* setting;
  const char* realm;
};
class SetSyntaxTest : public testing::TestWithParam<SetSyntax> {};

TEST_P(SetSyntaxTest, GivesTheString) {
  EXPECT_EQ(config_of(load_sets({GetParam().setting})).realm, GetParam().realm);
}

INSTANTIATE_TEST_SUITE_P(
    Settings, SetSyntaxTest,
    testing::Values(SetSyntax{"realm=x.org", "x.org"}, SetSyntax{"realm=\"x.org\"", "x.org"},
                    SetSyntax{"realm='x.org'", "x.org"}, SetSyntax{"realm = 'x'", "x"},
                    SetSyntax{"realm=a=b", "a=b"}, SetSyntax{"realm=a b\\c\"d", "a b\\c\"d"},
                    SetSyntax{"realm=10.0.0.1", "10.0.0.1"}, SetSyntax{"realm=truex", "truex"}));

TEST(SetSyntaxTest, FaultsNameTheOptionByItsNumber) {
  const std::pair<const char*, const char*> faulty[] = {
      {"realm", "--set #1: \"realm\" is not KEY=VALUE; write for example --set realm=example.org"},
      {"=x", "--set #1: \"\" is not KEY=VALUE; write for example --set realm=example.org"},
      {"relam=x", "--set #1: relam is no key of icebox; did you mean realm?"},
      {"relay=x",
       "--set #1: relay is a section, not a value; write [relay] and its keys below, or relay.KEY = VALUE"},
      {"realm=5", "--set #1: realm = 5 is a whole number; write a string, in quotes"},
      {"auth.secret=['a",
       "--set #1: auth.secret is not set by TOML: Error while parsing string: encountered "
       "end-of-file; write for example --set 'auth.secret=\"text\"'"},
      {"realm=",
       "--set #1: realm is not set by TOML: Error while parsing key-value pair: encountered end-of-file; "
       "write for example --set 'realm=\"text\"'"},
  };
  for (const auto& [setting, fault] : faulty)
    EXPECT_THAT(faults_of(load_sets({setting})), ElementsAre(fault));
}

TEST(ConfigLoadTest, ALongValueIsCutInItsFault) {
  const auto faults = faults_of(load_sets({"log.level=" + std::string(500, 'x')}));
  ASSERT_EQ(faults.size(), 1u);
  EXPECT_LT(faults[0].size(), 250u);
  EXPECT_THAT(faults[0], HasSubstr("xxx.. is none of the known words"));
}

class ConfigFileTest : public testing::Test {
 protected:
  ConfigFileTest() { std::filesystem::create_directories(directory_); }
  ~ConfigFileTest() override { std::filesystem::remove_all(directory_); }
  std::filesystem::path write(const std::string& content) {
    const auto file = directory_ / "icebox.toml";
    std::ofstream(file) << content;
    return file;
  }
  std::filesystem::path directory_ =
      std::filesystem::temp_directory_path() / ("icebox_config_test_" + std::to_string(getpid()));
};

TEST_F(ConfigFileTest, TheOriginIsTheFileAsItWasNamed) {
  const auto file = write("\nrealm = 'x'\n");
  const auto loaded = load_config_file(file, {});
  EXPECT_EQ(config_of(loaded).realm, "x");
  EXPECT_EQ(to_string(loaded->origin_of("realm")), "file " + file.string() + ":2");
}

TEST_F(ConfigFileTest, AMissingFileIsAFaultWithItsCure) {
  EXPECT_THAT(faults_of(load_config_file("/nonexistent/icebox.toml", {})),
              ElementsAre("/nonexistent/icebox.toml: No such file or directory; check --config"));
}

TEST_F(ConfigFileTest, ADirectoryIsNoConfiguration) {
  EXPECT_THAT(faults_of(load_config_file(directory_, {})),
              ElementsAre(directory_.string() + ": Is a directory; check --config"));
}

TEST_F(ConfigFileTest, AFileBeyondOneMebibyteIsTheWrongFile) {
  const auto file = write(std::string((1 << 20) + 1, '#'));
  EXPECT_THAT(faults_of(load_config_file(file, {})),
              ElementsAre(file.string() + ": larger than 1 MiB; check --config"));
}

TEST_F(ConfigFileTest, AnEmptyFileMeansTheDefaults) {
  EXPECT_EQ(config_of(load_config_file(write(""), {})), Config{});
}

}  // namespace
}  // namespace app
