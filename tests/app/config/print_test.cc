#include "app/config/print.h"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "tests/app/config/config_support.h"

namespace app {
namespace {

using testing::HasSubstr;
using testing::Not;

const char kToml[] = R"(realm = "x \"y\""
[auth]
secret = ["first-secret-0123456789", "second-secret-0123456789"]
users = { alice = "pass-a", "bob b" = "pass-b" }
[relay]
max_lifetime = 5400
allow_peers = "10.0.0.0/8:80"
)";

TEST(ConfigPrintTest, EachLineOfTomlSaysWhereItsValueComesFrom) {
  const auto loaded = load_toml(kToml, {{"log.level=debug"}, "/d"});
  ASSERT_TRUE(loaded);
  const auto text = print_config_toml(*loaded);
  EXPECT_THAT(text, HasSubstr("realm = \"x \\\"y\\\"\"  # file icebox.toml:1\n"));
  EXPECT_THAT(text, HasSubstr("external_ip = []  # default\n"));
  EXPECT_THAT(text, HasSubstr("data_dir = \"/d\"  # --data\n"));
  EXPECT_THAT(text, HasSubstr("\n[tls]\ncertificate = \"\"  # default\n"));
  EXPECT_THAT(text, HasSubstr("acme.domains = []  # default\n"));
  EXPECT_THAT(text, HasSubstr("max_lifetime = \"1h30m\"  # file icebox.toml:6\n"));
  EXPECT_THAT(text, HasSubstr("allow_peers = [\"10.0.0.0/8:80\"]  # file icebox.toml:7\n"));
  EXPECT_THAT(text, HasSubstr("level = \"debug\"  # --set #1\n"));
}

TEST(ConfigPrintTest, SecretsAndPasswordsAreNeverPrinted) {
  const auto loaded = load_toml(kToml);
  ASSERT_TRUE(loaded);
  const auto toml = print_config_toml(*loaded);
  EXPECT_THAT(toml, HasSubstr("secret = [\"***\", \"***\"]  # file icebox.toml:3\n"));
  EXPECT_THAT(toml, HasSubstr("users = { alice = \"***\", \"bob b\" = \"***\" }  # file icebox.toml:4\n"));
  for (const auto& text : {toml, print_config_json(*loaded)}) {
    EXPECT_THAT(text, Not(HasSubstr("-secret-")));
    EXPECT_THAT(text, Not(HasSubstr("pass-")));
  }
}

TEST(ConfigPrintTest, PrintedTomlIsReadBackAsTheSameConfiguration) {
  for (const auto* toml :
       {"", "realm = '\\ \" #'\nmetrics.listen = ''\nrelay.deny_peers = ['::/0', '[::]/0:1-2']"}) {
    const auto loaded = load_toml(toml);
    ASSERT_TRUE(loaded);
    EXPECT_EQ(config_of(load_toml(print_config_toml(*loaded))), loaded->config);
  }
}

TEST(ConfigPrintTest, JsonHasTheValuesNestedAndTheOriginsByKey) {
  const auto loaded = load_toml(kToml, {{"relay.tcp_relay=true"}, {}});
  ASSERT_TRUE(loaded);
  const auto json = nlohmann::json::parse(print_config_json(*loaded));
  EXPECT_EQ(json["config"]["realm"], "x \"y\"");
  EXPECT_EQ(json["config"]["workers"], 0);
  EXPECT_EQ(json["config"]["relay"]["tcp_relay"], true);
  EXPECT_EQ(json["config"]["relay"]["max_lifetime"], "1h30m");
  EXPECT_EQ(json["config"]["tls"]["acme"]["domains"], nlohmann::json::array());
  EXPECT_EQ(json["config"]["signaling"]["offline_queue"]["bytes"], "256KiB");
  EXPECT_EQ(json["config"]["auth"]["users"]["alice"], "***");
  EXPECT_EQ(json["origins"]["relay.tcp_relay"], "--set #1");
  EXPECT_EQ(json["origins"]["realm"], "file icebox.toml:1");
  EXPECT_EQ(json["origins"]["listen"], "default");
}

}  // namespace
}  // namespace app
