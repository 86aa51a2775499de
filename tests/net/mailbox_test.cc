#include "net/mailbox.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <thread>

#include "net/event_loop.h"

namespace net {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;

TEST(MailboxTest, DeliversInOrderAndMovesMoveOnlyMessages) {
  EventLoop loop;
  std::vector<int> received;
  Mailbox<std::unique_ptr<int>> mailbox(loop, 8, [&](std::unique_ptr<int>&& m) { received.push_back(*m); });
  for (const int i : {1, 2, 3}) EXPECT_TRUE(mailbox.push(std::make_unique<int>(i)));
  EXPECT_TRUE(loop.run_until(loop.now().steady + 5s, [&] { return received.size() == 3; }));
  EXPECT_THAT(received, ElementsAre(1, 2, 3));
}

TEST(MailboxTest, RefusesAndCountsWhatIsBeyondItsCapacity) {
  EventLoop loop;
  std::vector<int> received;
  Mailbox<int> mailbox(loop, 2, [&](int&& m) { received.push_back(m); });
  EXPECT_TRUE(mailbox.push(1));
  EXPECT_TRUE(mailbox.push(2));
  EXPECT_FALSE(mailbox.push(3));
  EXPECT_EQ(mailbox.dropped(), 1u);
  EXPECT_TRUE(loop.run_until(loop.now().steady + 5s, [&] { return received.size() == 2; }));
  EXPECT_TRUE(mailbox.push(4)) << "delivery makes room";
}

TEST(MailboxTest, AMessagePushedWhileReceivingComesInALaterRound) {
  EventLoop loop;
  std::vector<int> received;
  Mailbox<int>* self = nullptr;
  Mailbox<int> mailbox(loop, 2, [&](int&& m) {
    received.push_back(m);
    if (m < 5) self->push(m + 1);
  });
  self = &mailbox;
  mailbox.push(1);
  EXPECT_TRUE(loop.run_until(loop.now().steady + 5s, [&] { return received.size() == 5; }));
}

TEST(MailboxTest, EveryMessageOfFourThreadsArrivesOnceAndInItsThreadsOrder) {
  constexpr int kThreads = 4;
  constexpr int kMessages = 5000;
  struct Message {
    int thread, number;
  };
  EventLoop loop;
  std::vector<int> next(kThreads, 0);
  int received = 0;
  bool in_order = true;
  Mailbox<Message> mailbox(loop, kThreads * kMessages, [&](Message&& m) {
    in_order = in_order && next[m.thread]++ == m.number;
    ++received;
  });
  std::vector<std::jthread> threads;
  for (int thread = 0; thread < kThreads; ++thread) {
    threads.emplace_back([&mailbox, thread] {
      for (int i = 0; i < kMessages; ++i) mailbox.push({thread, i});
    });
  }
  EXPECT_TRUE(loop.run_until(loop.now().steady + 60s, [&] { return received == kThreads * kMessages; }));
  EXPECT_TRUE(in_order);
}

}  // namespace
}  // namespace net
