#include "app/commands/peer_words.h"

#include <gmock/gmock.h>

namespace app {
namespace {

using storage::AccountId;
using storage::Peer;
using storage::PeerId;

class FindPeerTest : public testing::Test {
 protected:
  const Peer* find(std::vector<std::string> words) {
    words_ = std::move(words);
    return find_peer(peers_, words_).value_or(nullptr);
  }

  storage::PeerSnapshot peers_{
      1,
      {{.id = AccountId{1}, .name = "7"}, {.id = AccountId{2}, .name = "alice"}},
      {{.id = PeerId{8}, .account = AccountId{1}, .name = "desk"},
       {.id = PeerId{7}, .account = AccountId{2}, .name = "laptop", .fingerprint = std::string(64, 'A')}},
      {}};
  std::vector<std::string> words_;
};

TEST_F(FindPeerTest, ByUserAndNameByNumberOrByFingerprint) {
  EXPECT_EQ(find({"alice", "laptop"})->id, PeerId{7});
  EXPECT_EQ(find({"7", "desk"})->id, PeerId{8});
  EXPECT_EQ(find({"7"})->id, PeerId{7});
  EXPECT_EQ(find({std::string(64, 'a')})->id, PeerId{7});
}

TEST_F(FindPeerTest, WhoIsNotThereIsNotFoundAndTheErrorSaysWhereToLook) {
  for (const std::vector<std::string>& words :
       {std::vector<std::string>{"alice", "desk"}, {"bob", "laptop"}, {"9"}, {std::string(64, 'B')}}) {
    const auto found = find_peer(peers_, words);
    ASSERT_FALSE(found);
    EXPECT_THAT(found.error(), testing::HasSubstr("icebox peer list"));
  }
}

TEST_F(FindPeerTest, OtherWordsAreExplained) {
  for (const std::string word : {"alice", "-1", "0", "7x", "", "99999999999999999999"}) {
    const auto found = find_peer(peers_, std::vector{word});
    ASSERT_FALSE(found);
    EXPECT_THAT(found.error(), testing::HasSubstr("USER NAME"));
  }
}

TEST(PrintableTest, ControlCharactersBecomeQuestionMarks) {
  EXPECT_EQ(printable("a\x1b[31mb\n\x7f"), "a?[31mb??");
  EXPECT_EQ(printable("a\xc2\x9b"
                      "31m"),
            "a?31m");
  EXPECT_EQ(printable("Zoë 日本"), "Zoë 日本");
}

TEST(UtcTextTest, IsIso8601) {
  EXPECT_EQ(utc_text(base::WallTime(std::chrono::seconds(0))), "1970-01-01T00:00:00Z");
  EXPECT_EQ(utc_text(base::WallTime(std::chrono::seconds(1'795'258'243))), "2026-11-21T10:50:43Z");
}

}  // namespace
}  // namespace app
