// The Autobahn cases against an echo.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/net/websocket_autobahn_cases.h"
#include "tests/net/websocket_world.h"

namespace net {
namespace {

using ::testing::ElementsAreArray;
using End = AutobahnCase::End;

constexpr size_t kLargestMessageBytes = 1 << 20;  // case 7.1.6 sends 256 KiB and expects it back

struct AutobahnTest : WebSocketTest, testing::TestWithParam<AutobahnCase> {
  AutobahnTest() {
    serve({.limits = {.message_bytes = kLargestMessageBytes}, .send_queue_bytes = kLargestMessageBytes});
  }

  void send(WebSocketClient& client, const AutobahnCase::Part& part) {
    const size_t piece = part.piece_bytes == 0 ? part.octets.size() : part.piece_bytes;
    for (size_t at = 0; at < part.octets.size(); at += piece) {
      client.send_octets(std::string_view(part.octets).substr(at, piece));
      settle(loop);  // so that each piece really comes alone
    }
  }
  void read(WebSocketClient& client, size_t events) {
    while (seen.size() < events) seen.push_back(client.next_event());
  }
  void play(const AutobahnCase& test) {
    auto client = connect({.send_queue_bytes = 2 * kLargestMessageBytes});
    run_beside(loop, [&] {
      ASSERT_THAT(client.shake_hands(), testing::StartsWith("HTTP/1.1 101 "));
      for (const auto& part : test.parts) {
        send(client, part);
        if (!part.waits) continue;
        read(client, part.answered_so_far.size());
        EXPECT_THAT(seen, ElementsAreArray(part.answered_so_far));
        loop.post([this] { EXPECT_EQ(server->connections(), 1u) << "failed before the fault came"; });
        settle(loop);
      }
      read(client, test.answers.size());
      if (test.end == End::kClientCloses) client.send({kClose, close_payload(1000)});
      read(client, test.answers.size() + 2);
    });
  }

  std::vector<std::string> seen;
};

TEST_P(AutobahnTest, IsAnsweredAsAStrictServerDoes) {
  const auto& test = GetParam();
  play(test);
  auto expected = test.answers;
  expected.push_back(test.close);
  expected.push_back("end");
  ASSERT_EQ(seen.size(), expected.size());
  for (size_t i = 0; i < seen.size(); ++i) {
    // Our reasons are in words of our own.
    const bool same =
        seen[i] == expected[i] || (seen[i].starts_with(expected[i] + " ") && i + 2 == seen.size());
    EXPECT_TRUE(same) << "got " << seen[i].substr(0, 200) << "\nnot " << expected[i].substr(0, 200);
  }
  EXPECT_EQ(log.ends.size(), 1u);
}

std::string name_of(const testing::TestParamInfo<AutobahnCase>& info) {
  std::string name = info.param.number;
  std::ranges::replace(name, '.', '_');
  return name;
}

INSTANTIATE_TEST_SUITE_P(Framing, AutobahnTest, testing::ValuesIn(autobahn_framing()), name_of);
INSTANTIATE_TEST_SUITE_P(Pings, AutobahnTest, testing::ValuesIn(autobahn_pings()), name_of);
INSTANTIATE_TEST_SUITE_P(ReservedBits, AutobahnTest, testing::ValuesIn(autobahn_reserved_bits()), name_of);
INSTANTIATE_TEST_SUITE_P(Opcodes, AutobahnTest, testing::ValuesIn(autobahn_opcodes()), name_of);
INSTANTIATE_TEST_SUITE_P(Fragmentation, AutobahnTest, testing::ValuesIn(autobahn_fragmentation()), name_of);
INSTANTIATE_TEST_SUITE_P(Utf8, AutobahnTest, testing::ValuesIn(autobahn_utf8()), name_of);
INSTANTIATE_TEST_SUITE_P(Closing, AutobahnTest, testing::ValuesIn(autobahn_closing()), name_of);
INSTANTIATE_TEST_SUITE_P(Miscellaneous, AutobahnTest, testing::ValuesIn(autobahn_miscellaneous()), name_of);

// As many as the suite itself has in these sections.
TEST(AutobahnCasesTest, TheTableIsWhole) {
  EXPECT_EQ(autobahn_framing().size(), 16u);
  EXPECT_EQ(autobahn_pings().size(), 11u);
  EXPECT_EQ(autobahn_reserved_bits().size(), 7u);
  EXPECT_EQ(autobahn_opcodes().size(), 10u);
  EXPECT_EQ(autobahn_fragmentation().size(), 20u);
  EXPECT_EQ(autobahn_utf8().size(), 145u);
  EXPECT_EQ(autobahn_closing().size(), 37u);
  EXPECT_EQ(autobahn_miscellaneous().size(), 1u);
}

}  // namespace
}  // namespace net
