#include "net/edge_set.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <string_view>
#include <vector>

#include "net/event_loop.h"

namespace net {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

// One end of a socket pair, in the set, and the other, for the test.
class Ear final : public EdgeHandler {
 public:
  explicit Ear(EdgeSet& set) : set_(set) {
    int ends[2];
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends) != 0)
      throw std::bad_alloc();
    near_ = UniqueFd(ends[0]);
    far = UniqueFd(ends[1]);
    EXPECT_TRUE(set_.add(near_.get(), *this));
  }
  ~Ear() { leave(); }

  void on_ready(Events events) override {
    seen.push_back(events);
    if (on_seen) on_seen();
  }
  bool fetch_ahead(unsigned step) const override {
    fetched.push_back(step);
    return step < chain;
  }
  void leave() {
    if (!near_) return;
    set_.remove(near_.get(), *this);
    near_.reset();
  }
  void say(std::string_view text) const {
    EXPECT_EQ(::write(far.get(), text.data(), text.size()), static_cast<ssize_t>(text.size()));
  }
  [[nodiscard]] int near() const { return near_.get(); }
  [[nodiscard]] bool heard(Events event) const {
    return std::ranges::any_of(seen, [&](Events events) { return contains(events, event); });
  }

  UniqueFd far;
  std::vector<Events> seen;
  std::function<void()> on_seen;
  mutable std::vector<unsigned> fetched;
  unsigned chain = 0;  // how many steps go on

 private:
  EdgeSet& set_;
  UniqueFd near_;
};

struct EdgeSetTest : testing::Test {
  bool run_until(const std::function<bool()>& done) { return loop.run_until(loop.now().steady + 5s, done); }
  // Until whatever there is to tell has been told.
  void settle() {
    int rounds = 0;
    const std::function<void()> again = [&] {
      if (++rounds < 4) loop.post(again);
    };
    loop.post(again);
    EXPECT_TRUE(run_until([&] { return rounds == 4; }));
  }
  // Heard what held when it joined.
  std::unique_ptr<Ear> join() {
    auto ear = std::make_unique<Ear>(set);
    settle();
    EXPECT_THAT(ear->seen, ElementsAre(Events::kWrite));
    ear->seen.clear();
    return ear;
  }

  EventLoop loop;
  EdgeSet set{loop};
};

TEST_F(EdgeSetTest, AChangeIsToldOnceThoughNobodyReads) {
  const auto ear = join();
  ear->say("one");
  settle();
  EXPECT_EQ(ear->seen.size(), 1u);
  EXPECT_TRUE(ear->heard(Events::kRead));
  EXPECT_FALSE(ear->heard(Events::kEnd));
  ear->say("two");
  settle();
  EXPECT_EQ(ear->seen.size(), 2u);
}

TEST_F(EdgeSetTest, WhatHoldsWhenItJoinsIsTold) {
  Ear ear(set);
  ear.leave();
  int ends[2];
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
  const UniqueFd near(ends[0]), far(ends[1]);
  ASSERT_EQ(::write(far.get(), "x", 1), 1);
  ASSERT_TRUE(set.add(near.get(), ear));
  EXPECT_TRUE(run_until([&] { return ear.heard(Events::kRead); }));
  set.remove(near.get(), ear);
}

TEST_F(EdgeSetTest, AnEndIsToldWithWhatCameBeforeIt) {
  const auto ear = join();
  ear->say("last words");
  ::shutdown(ear->far.get(), SHUT_WR);
  EXPECT_TRUE(run_until([&] { return ear->heard(Events::kEnd); }));
  EXPECT_TRUE(contains(ear->seen.back(), Events::kRead));
}

TEST_F(EdgeSetTest, RoomIsToldAfterAWriteThatFoundNone) {
  const auto ear = join();
  std::vector<char> block(64 * 1024);
  while (::write(ear->near(), block.data(), block.size()) > 0) {
  }
  settle();
  EXPECT_THAT(ear->seen, IsEmpty());
  while (::read(ear->far.get(), block.data(), block.size()) > 0) {
  }
  EXPECT_TRUE(run_until([&] { return ear->heard(Events::kWrite); }));
}

TEST_F(EdgeSetTest, WhoWasRemovedInTheSameRoundHearsNothing) {
  auto first = join();
  auto second = join();
  const auto third = join();
  bool first_spoke = false;
  first->on_seen = [&] {
    first_spoke = true;
    second.reset();
  };
  for (Ear* ear : {first.get(), second.get(), third.get()}) ear->say("x");
  EXPECT_TRUE(run_until([&] { return !third->seen.empty(); }));
  EXPECT_TRUE(first_spoke);
  EXPECT_EQ(second, nullptr);
}

TEST_F(EdgeSetTest, AHandlerMayDestroyItself) {
  auto ear = join();
  ear->on_seen = [&] { ear.reset(); };
  ear->say("x");
  EXPECT_TRUE(run_until([&] { return ear == nullptr; }));
  settle();
}

TEST_F(EdgeSetTest, MoreThanOneRoundHoldsAreAllTold) {
  std::vector<std::unique_ptr<Ear>> ears;
  for (int i = 0; i < 300; ++i) ears.push_back(std::make_unique<Ear>(set));
  settle();
  for (const auto& ear : ears) {
    ear->seen.clear();
    ear->say("x");
  }
  EXPECT_TRUE(
      run_until([&] { return std::ranges::none_of(ears, [](auto& ear) { return ear->seen.empty(); }); }));
  EXPECT_TRUE(std::ranges::all_of(ears, [](auto& ear) { return ear->seen.size() == 1; }));
}

TEST_F(EdgeSetTest, ChainsAreFetchedToTheLongestsEndBeforeAnybodyIsTold) {
  const auto brief = join();
  const auto longer = join();
  longer->chain = 3;
  size_t fetched_before = 0;
  brief->on_seen = [&] { fetched_before = longer->fetched.size(); };
  brief->say("x");
  longer->say("x");
  EXPECT_TRUE(run_until([&] { return !longer->seen.empty(); }));
  EXPECT_THAT(brief->fetched, ElementsAre(0u, 1u, 2u, 3u));
  EXPECT_THAT(longer->fetched, ElementsAre(0u, 1u, 2u, 3u));
  EXPECT_EQ(fetched_before, 4u);
}

TEST_F(EdgeSetTest, ASingleEventIsNotWorthFetchingFor) {
  const auto ear = join();
  ear->say("x");
  EXPECT_TRUE(run_until([&] { return !ear->seen.empty(); }));
  EXPECT_THAT(ear->fetched, IsEmpty());
}

TEST_F(EdgeSetTest, ItsEventsCountForTheLoopsPace) {
  std::vector<std::unique_ptr<Ear>> ears;
  for (int i = 0; i < 50; ++i) ears.push_back(std::make_unique<Ear>(set));
  settle();
  // A round every 5 ms with 50 events in it is above the threshold, one with a single event is not.
  loop.set_pace({.longest = 5ms, .events_per_round = 1000, .from_events_per_second = 3000});
  const auto began = loop.now().steady;
  int rounds = 0;
  const std::function<void()> again = [&] {
    const auto passed = loop.now().steady - began;
    if (passed > 20ms) ++rounds;
    for (const auto& ear : ears) ear->say("x");
    passed < 120ms ? loop.post(again) : loop.stop();
  };
  for (const auto& ear : ears) {
    ear->on_seen = [&ear] {
      char octet;
      EXPECT_EQ(::read(ear->near(), &octet, 1), 1);
    };
  }
  loop.post(again);
  loop.run();
  EXPECT_LE(rounds, 21);
}

}  // namespace
}  // namespace net
