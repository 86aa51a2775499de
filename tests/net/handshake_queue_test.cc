#include "net/handshake_queue.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <list>
#include <string>

namespace net {
namespace {

using namespace std::chrono_literals;

struct HandshakeQueueTest : testing::Test {
  struct One final : Handshake {
    One(HandshakeQueueTest& in_test, std::string with_name) : test(in_test), name(std::move(with_name)) {}
    void begin_handshake() override { test.seen += name + " "; }
    void give_up_handshake() override { test.seen += name + "! "; }
    HandshakeQueueTest& test;
    std::string name;
  };

  void open(const HandshakeLimits& limits) {
    queue = std::make_unique<HandshakeQueue>(loop, limits, base::SipHashKey{1, 2});
  }
  One& wait(const std::string& name, uint32_t source) {
    auto& one = handshakes.emplace_back(*this, name);
    queue->wait(one, base::IpAddress::v4(source));
    return one;
  }
  // What happens in so many rounds.
  std::string rounds(int count) {
    seen.clear();
    int round = 0;
    loop.run_until(loop.steady_now() + 10s, [&] { return ++round > count; });
    return seen;
  }

  EventLoop loop;
  std::list<One> handshakes;
  std::unique_ptr<HandshakeQueue> queue;
  std::string seen;
};

TEST_F(HandshakeQueueTest, ARoundHasFewAndSourcesTakeTurns) {
  open({.per_round = 2});
  for (const char* name : {"a1", "a2", "a3", "a4"}) wait(name, 1);
  wait("b1", 2);
  EXPECT_EQ(seen, "") << "never from inside";
  EXPECT_EQ(rounds(1), "a1 b1 ");
  EXPECT_EQ(rounds(1), "a2 a3 ");
  EXPECT_EQ(rounds(1), "a4 ");
  EXPECT_EQ(queue->begun(), 5u);
  EXPECT_EQ(queue->waiting(), 0u);
}

TEST_F(HandshakeQueueTest, ASourceHasItsPlacesAndOthersHaveTheirs) {
  open({.per_round = 100, .per_source = 2, .patience = 1h});
  auto& first = wait("a1", 1);
  wait("a2", 1);
  auto& gone = wait("a3", 1);
  wait("a4", 1);
  wait("b1", 2);
  EXPECT_EQ(rounds(1), "a1 b1 a2 ");
  queue->end(gone);  // leaves while it waits
  queue->end(first);
  queue->end(first);
  EXPECT_EQ(rounds(1), "a4 ");
}

TEST_F(HandshakeQueueTest, WhoStandsStillGoesWhenSomebodyWaits) {
  open({.per_round = 100, .per_source = 1, .patience = 0ms});
  wait("a1", 1);
  EXPECT_EQ(rounds(1), "a1 ");
  EXPECT_EQ(queue->begun(), 1u) << "nobody waits for the place";
  wait("b1", 2);
  EXPECT_EQ(rounds(1), "b1 ") << "nor does this";
  wait("a2", 1);
  EXPECT_EQ(rounds(1), "a1! a2 ");
}

TEST_F(HandshakeQueueTest, AllTogetherAreBounded) {
  open({.per_round = 100, .in_all = 2, .patience = 1h});
  auto& first = wait("a1", 1);
  wait("b1", 2);
  wait("c1", 3);
  EXPECT_EQ(rounds(1), "a1 b1 ");
  queue->end(first);
  EXPECT_EQ(rounds(1), "c1 ");
}

}  // namespace
}  // namespace net
