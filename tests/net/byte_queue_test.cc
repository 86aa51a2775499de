#include "net/byte_queue.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

namespace net {
namespace {

std::string text_of(const ByteQueue& queue) { return std::string(base::as_text(queue.bytes())); }

TEST(ByteQueueTest, WhatGoesInComesOutInOrder) {
  ByteQueue queue;
  queue.append(base::as_bytes("hello "));
  queue.append(base::as_bytes("world"));
  queue.consume(3);
  EXPECT_EQ(text_of(queue), "lo world");
  queue.consume(8);
  EXPECT_TRUE(queue.empty());
}

TEST(ByteQueueTest, RoomBecomesContentOnlyAsFarAsCommitted) {
  ByteQueue queue;
  queue.append(base::as_bytes("ab"));
  const auto room = queue.room(100);
  ASSERT_GE(room.size(), 100u);
  room[0] = 'c';
  queue.commit(1);
  EXPECT_EQ(text_of(queue), "abc");
}

TEST(ByteQueueTest, MovingLeavesAnEmptyQueueThatCanBeUsed) {
  ByteQueue queue;
  queue.append(base::as_bytes("ab"));
  ByteQueue other = std::move(queue);
  queue.append(base::as_bytes("c"));
  EXPECT_EQ(text_of(other), "ab");
  EXPECT_EQ(text_of(queue), "c");
}

TEST(ByteQueueTest, RewindingForgetsTheContentAndKeepsTheMemory) {
  ByteQueue queue;
  queue.append(base::as_bytes("abc"));
  const auto capacity = queue.capacity();
  const auto* const memory = queue.bytes().data();
  queue.rewind();
  EXPECT_TRUE(queue.empty());
  queue.append(base::as_bytes("de"));
  EXPECT_EQ(text_of(queue), "de");
  EXPECT_EQ(queue.capacity(), capacity);
  EXPECT_EQ(queue.bytes().data(), memory);
}

TEST(ByteQueueTest, AnyMixOfAppendsAndConsumesBehavesLikeAString) {
  std::mt19937 random(7);
  ByteQueue queue;
  std::string expected;
  for (int step = 0; step < 5000; ++step) {
    if (random() % 2 == 0) {
      const std::string piece(random() % 3000, static_cast<char>('a' + random() % 26));
      queue.append(base::as_bytes(piece));
      expected += piece;
    } else {
      const size_t bytes = expected.empty() ? 0 : random() % (expected.size() + 1);
      queue.consume(bytes);
      expected.erase(0, bytes);
    }
    ASSERT_EQ(text_of(queue), expected);
  }
}

}  // namespace
}  // namespace net
