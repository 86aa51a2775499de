#include "net/udp_send_runs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace net {
namespace {

using ::testing::ElementsAre;

std::vector<uint32_t> members(const UdpSendRuns& runs, const UdpSendRun& run) {
  std::vector<uint32_t> out;
  for (uint32_t i = run.first; i != UdpSendRuns::kNone; i = runs.next(i)) out.push_back(i);
  return out;
}

TEST(UdpSendRunsTest, InterleavedSocketsBecomeOneRunEachInOrderOfFirstUse) {
  UdpSendRuns runs(6);
  const int fds[] = {9, 4, 9, 4, 4, 9};
  for (uint32_t i = 0; i < 6; ++i) runs.append(i, fds[i], false);
  ASSERT_EQ(runs.runs().size(), 2u);
  EXPECT_THAT(members(runs, runs.runs()[0]), ElementsAre(0u, 2u, 5u));
  EXPECT_THAT(members(runs, runs.runs()[1]), ElementsAre(1u, 3u, 4u));
}

TEST(UdpSendRunsTest, DontFragmentIsARunOfItsOwn) {
  UdpSendRuns runs(2);
  runs.append(0, 5, false);
  runs.append(1, 5, true);
  EXPECT_EQ(runs.runs().size(), 2u);
}

TEST(UdpSendRunsTest, ClearForgetsEverySocketEvenThoseThatShareBuckets) {
  constexpr uint32_t kSockets = 64;
  UdpSendRuns runs(kSockets);
  for (int round = 0; round < 20; ++round) {
    for (uint32_t i = 0; i < kSockets; ++i)
      runs.append(i, static_cast<int>(i * 64 % 1009 + round), i % 3 == 0);
    ASSERT_EQ(runs.runs().size(), kSockets);
    runs.clear();
    ASSERT_TRUE(runs.runs().empty());
  }
}

}  // namespace
}  // namespace net
