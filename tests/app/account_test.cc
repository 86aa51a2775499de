// Who may come in by name: the relay and `icebox verify-credential` give the same answer.
#include <gtest/gtest.h>

#include <algorithm>

#include "app/credential.h"
#include "app/user_credentials.h"

namespace app {
namespace {

using namespace std::chrono_literals;

constexpr base::WallTime kNow{std::chrono::seconds{1'800'000'000}};
constexpr const char* kSecret = "a secret to mint with";

std::string rest_name(std::chrono::seconds ahead, const std::string& user) {
  return stun::rest_username(kNow + ahead, user);
}

class AccountTest : public testing::Test {
 protected:
  AccountTest() {
    settings->realm = "turn.example.org";
    settings->secrets = {"an older secret", kSecret};
    for (const auto* name : {"carol", "J\u00f6rg", "al ice"}) {
      settings->add_user(name, stun::derive_long_term_keys(name, settings->realm, "configured"));
    }
    std::vector<storage::User> stored;
    for (const auto& [name, realm] : {std::pair("\u041e\u043b\u0435\u0433", "turn.example.org"),
                                      std::pair("\u041e\u043b\u044c\u0433\u0430", "elsewhere.example.org")}) {
      const auto keys = stun::derive_long_term_keys(name, realm, "stored");
      stored.push_back({name, {realm, keys.md5, keys.sha256, stun::userhash(name, realm)}, kNow, kNow});
    }
    users.publish(std::make_shared<const storage::UserSnapshot>(1, std::move(stored)));
  }

  // What the relay makes of it: a client signs with keys of the prepared name, or of a REST name as it is.
  bool relay_accepts(const std::string& name, const std::string& password) {
    UserCredentials credentials(settings, users, peers);
    const auto account = credentials.find(name, kNow);
    if (!account) return false;
    const auto prepared = stun::opaque_string(name);
    const bool rest = stun::parse_rest_username(name).has_value();
    const auto signs =
        stun::derive_long_term_keys(rest || !prepared ? name : *prepared, settings->realm, password);
    const auto keys = std::span(account->keys).first(account->key_count);
    return std::ranges::find(keys, signs) != keys.end();
  }
  CredentialVerdict verdict(const std::string& name, const std::string& password) {
    return verify_credential({*settings, *users.load(), *peers.load()}, name, password, kNow);
  }
  bool both_accept(const std::string& name, const std::string& password) {
    const auto judged = verdict(name, password);
    EXPECT_EQ(judged.accepted, relay_accepts(name, password)) << name << ": " << judged.reason;
    EXPECT_FALSE(judged.reason.empty());
    return judged.accepted;
  }
  bool accept_minted(const std::string& name) {
    const bool sha256 = both_accept(name, stun::rest_password(kSecret, name, stun::RestHash::kSha256));
    EXPECT_EQ(both_accept(name, stun::rest_password(kSecret, name, stun::RestHash::kSha1)), sha256);
    EXPECT_FALSE(both_accept(name, stun::rest_password("another secret", name, stun::RestHash::kSha1)));
    return sha256;
  }

  std::shared_ptr<AuthSettings> settings = std::make_shared<AuthSettings>();
  storage::CurrentUsers users;
  storage::CurrentPeers peers;
};

TEST_F(AccountTest, NamesAreAcceptedHoweverTheyAreTyped) {
  EXPECT_TRUE(both_accept("carol", "configured"));
  EXPECT_FALSE(both_accept("carol", "guessed"));
  EXPECT_FALSE(both_accept("mallory", "configured"));
  EXPECT_TRUE(both_accept("J\u00f6rg", "configured"));
  EXPECT_TRUE(both_accept("Jo\u0308rg", "configured"));  // as macOS types it
  EXPECT_TRUE(both_accept("al\u00a0ice", "configured"));
  EXPECT_TRUE(both_accept("\u041e\u043b\u0435\u0433", "stored"));
  EXPECT_FALSE(both_accept("\u041e\u043b\u044c\u0433\u0430", "stored"));  // of another realm
  EXPECT_NE(verdict("\u041e\u043b\u044c\u0433\u0430", "stored").reason.find("elsewhere.example.org"),
            std::string::npos);
  EXPECT_FALSE(both_accept("\xff\xfe", "configured"));
}

TEST_F(AccountTest, RestNamesOfEveryScript) {
  for (const auto* user :
       {"", "dave", "\u041e\u043b\u0435\u0433", "Jo\u0308rg", "\u5c71\u7530", "a b", "\u00a0"}) {
    EXPECT_TRUE(accept_minted(rest_name(600s, user))) << user;
  }
  EXPECT_EQ(verdict(rest_name(600s, "dave"),
                    stun::rest_password(kSecret, rest_name(600s, "dave"), stun::RestHash::kSha256))
                .reason,
            "a REST credential of secret #2, good for another 600 s");
}

TEST_F(AccountTest, AMintersClockMayBeFiveMinutesAhead) {  // 24 hours by a clock that is a second ahead
  EXPECT_TRUE(accept_minted(rest_name(24h, "dave")));
  EXPECT_TRUE(accept_minted(rest_name(24h + 1s, "dave")));
  EXPECT_TRUE(accept_minted(rest_name(24h + 5min, "dave")));
  EXPECT_FALSE(accept_minted(rest_name(24h + 5min + 1s, "dave")));
  EXPECT_TRUE(accept_minted(rest_name(1s, "dave")));
  EXPECT_FALSE(accept_minted(rest_name(0s, "dave")));
  EXPECT_FALSE(accept_minted(rest_name(-1s, "dave")));
}

TEST_F(AccountTest, ConfiguredUsersAreFoundByTheirHash) {
  UserCredentials credentials(settings, users, peers);
  for (const auto* name : {"carol", "J\u00f6rg", "\u041e\u043b\u0435\u0433"}) {
    const auto account = credentials.find_by_userhash(stun::userhash(name, settings->realm), kNow);
    ASSERT_TRUE(account) << name;
    EXPECT_EQ(account->user, name);
  }
  EXPECT_FALSE(credentials.find_by_userhash(stun::userhash("mallory", settings->realm), kNow));
  EXPECT_FALSE(credentials.find_by_userhash(stun::userhash("carol", "elsewhere"), kNow));
  EXPECT_FALSE(credentials.find_by_userhash(std::vector<uint8_t>(31), kNow));
}

}  // namespace
}  // namespace app
