#include "app/hub/ice_servers.h"

#include <gtest/gtest.h>

namespace app::hub {
namespace {

constexpr signaling::TokenHash kHash{0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef, 0xff};

TEST(TurnNameTest, NamesThePeerAndTheFirstOctetsOfItsToken) {
  EXPECT_EQ(turn_name_of(12, kHash), "ibx-peer-12-0123456789abcdef");
  EXPECT_EQ(turn_name_of(12, std::nullopt), turn_user_of(12));
}

TEST(TurnNameTest, ReadsWhatItWrites) {
  const auto with = parse_turn_name(turn_name_of(12, kHash));
  ASSERT_TRUE(with);
  EXPECT_EQ(with->peer, 12);
  EXPECT_EQ(with->token_prefix, 0x0123456789abcdefu);
  const auto without = parse_turn_name(turn_user_of(12));
  ASSERT_TRUE(without);
  EXPECT_EQ(without->peer, 12);
  EXPECT_EQ(without->token_prefix, std::nullopt);
}

// A name that is nearly a peer's is somebody else's: only the secret's owner can mint for it.
TEST(TurnNameTest, AnythingElseIsNoPeers) {
  for (const auto* name : {"", "alice", "ibx-peer-", "ibx-peer-x", "ibx-peer-0", "ibx-peer--1", "ibx-peer-1-",
                           "ibx-peer-1-0123", "ibx-peer-1-0123456789abcdefg", "ibx-peer-1-0123456789abcdeg",
                           "ibx-peer-1-+123456789abcdef", "ibx-peer-99999999999999999999"})
    EXPECT_FALSE(parse_turn_name(name)) << name;
}

}  // namespace
}  // namespace app::hub
