#include "app/config/reload.h"

#include <gmock/gmock.h>

#include <fstream>
#include <sstream>

#include "tests/app/config/config_support.h"

namespace app {
namespace {

using enum ReloadEffect;
using testing::ElementsAre;
using testing::IsEmpty;

TEST(ConfigReloadTest, NothingChangedMeansNothingToDo) {
  EXPECT_THAT(diff_for_reload(Config{}, Config{}), IsEmpty());
}

TEST(ConfigReloadTest, EachChangedKeyIsAppliedOrNeedsARestart) {
  Config loaded;
  loaded.realm = "other";
  loaded.relay.ports = {20000, 30000};
  loaded.relay.max_lifetime = std::chrono::hours{2};
  loaded.auth.users["alice"] = "password";
  const auto changes = diff_for_reload(Config{}, loaded);
  EXPECT_THAT(changes, ElementsAre(ConfigChange{"realm", kNeedsRestart}, ConfigChange{"auth.users", kApplied},
                                   ConfigChange{"relay.ports", kNeedsRestart},
                                   ConfigChange{"relay.max_lifetime", kApplied}));
  EXPECT_EQ(to_string(changes[0]), "realm: needs restart");
  EXPECT_EQ(to_string(changes[1]), "auth.users: applied");
}

TEST(ConfigReloadTest, AChangedSecretIsNoticedThoughItIsPrintedTheSame) {
  Config running;
  running.auth.secret = {"old secret of some length"};
  Config loaded;
  loaded.auth.secret = {"new secret of some length"};
  EXPECT_THAT(diff_for_reload(running, loaded), ElementsAre(ConfigChange{"auth.secret", kApplied}));
}

TEST(ConfigReloadTest, MovingAValueWithinTheFileChangesNothing) {
  EXPECT_THAT(diff_for_reload(config_of(load_toml("workers = 1")), config_of(load_toml("\n\nworkers   = 1"))),
              IsEmpty());
}

std::string deployed_toml() {
  std::ostringstream text;
  text << std::ifstream("deploy/icebox.toml").rdbuf();
  return text.str();
}

TEST(DeployedConfigTest, HoldsEveryKeyWithItsDefault) {
  const auto loaded = load_config(ConfigText{"deploy/icebox.toml", deployed_toml()}, {});
  EXPECT_EQ(config_of(loaded), Config{});
  for (const auto& key : config_keys())
    EXPECT_TRUE(loaded->origins.contains(key.name)) << key.name << " is missing";
}

TEST(DeployedConfigTest, MarksTheKeysThatNeedARestart) {
  const auto loaded = load_config(ConfigText{"deploy/icebox.toml", deployed_toml()}, {});
  ASSERT_TRUE(loaded);
  std::vector<std::string> lines;
  std::istringstream text(deployed_toml());
  for (std::string line; std::getline(text, line);) lines.push_back(line);
  for (const auto& key : config_keys()) {
    const auto& line = lines[loaded->origin_of(key.name).at.line - 1];
    EXPECT_EQ(line.find("(restart)") != std::string::npos, key.on_reload == kNeedsRestart) << line;
  }
}

TEST(DeployedConfigTest, FitsAScreenOf120Columns) {
  std::istringstream text(deployed_toml());
  for (std::string line; std::getline(text, line);) EXPECT_LE(line.size(), 120u) << line;
}

}  // namespace
}  // namespace app
