#include "net/packet_ring.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

#include "net/event_loop.h"

namespace net {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;

struct Header {
  uint64_t number;
};
using Ring = PacketRing<Header>;

struct Consumer {
  explicit Consumer(size_t slots)
      : ring(
            loop, slots,
            [this](const Header& header, base::MutableBytes payload) {
              numbers.push_back(header.number);
              payloads.emplace_back(base::as_text(payload));
            },
            [this] { ++batches; }) {}

  bool run_until_received(size_t count) {
    return loop.run_until(loop.now().steady + 60s, [&] { return numbers.size() >= count; });
  }

  EventLoop loop;
  std::vector<uint64_t> numbers;
  std::vector<std::string> payloads;
  int batches = 0;
  Ring ring;
};

TEST(PacketRingTest, DeliversHeadersAndPayloadsInOrderAsOneBatch) {
  Consumer consumer(4);
  EXPECT_TRUE(consumer.ring.push({7}, base::as_bytes("seven")));
  EXPECT_TRUE(consumer.ring.push({8}, {}));
  consumer.ring.flush();
  ASSERT_TRUE(consumer.run_until_received(2));
  EXPECT_THAT(consumer.numbers, ElementsAre(7u, 8u));
  EXPECT_THAT(consumer.payloads, ElementsAre("seven", ""));
  EXPECT_EQ(consumer.batches, 1);
}

TEST(PacketRingTest, RefusesAndCountsWhatDoesNotFit) {
  Consumer consumer(3);  // rounded up to four
  const std::vector<uint8_t> largest(Ring::kSlotPayloadBytes), too_large(4 * Ring::kSlotPayloadBytes + 999);
  EXPECT_FALSE(consumer.ring.push({0}, too_large));
  for (uint64_t i = 0; i < 4; ++i) EXPECT_TRUE(consumer.ring.push({i}, largest));
  EXPECT_FALSE(consumer.ring.push({4}, {}));
  EXPECT_EQ(consumer.ring.dropped(), 2u);
  consumer.ring.flush();
  ASSERT_TRUE(consumer.run_until_received(4));
  EXPECT_TRUE(consumer.ring.push({5}, {})) << "consuming makes room";
}

TEST(PacketRingTest, MoreThanOneRoundIsReceivedFromOneFlush) {
  constexpr size_t kPackets = 3 * Ring::kPacketsPerRound + 1;
  Consumer consumer(kPackets);
  for (uint64_t i = 0; i < kPackets; ++i) ASSERT_TRUE(consumer.ring.push({i}, {}));
  consumer.ring.flush();
  ASSERT_TRUE(consumer.run_until_received(kPackets));
  EXPECT_EQ(consumer.batches, 4);
}

TEST(PacketRingTest, RefusesWhatNoDatagramAndNoFrameCanBe) {
  Consumer consumer(64);
  EXPECT_TRUE(consumer.ring.push({0}, std::vector<uint8_t>(Ring::kMaxPayloadBytes)));
  EXPECT_FALSE(consumer.ring.push({0}, std::vector<uint8_t>(Ring::kMaxPayloadBytes + 1)));
}

// Sizes around what one slot, two slots and the whole ring hold; over and over, so that the end of the ring
// falls everywhere.
TEST(PacketRingTest, LongPacketsComeWholeAndInOrder) {
  Consumer consumer(40);
  std::vector<std::string> expected;
  for (uint64_t i = 0; i < 500; ++i) {
    const size_t sizes[] = {0, 1, 2047, 2048, 2049, 3000, 4095, 4096, 9000, 16384, 65507, 65535};
    std::string payload(sizes[i * 7 % std::size(sizes)], static_cast<char>('a' + i % 26));
    while (!consumer.ring.push({i}, base::as_bytes(payload))) {
      consumer.ring.flush();
      ASSERT_TRUE(consumer.run_until_received(expected.size()));
    }
    expected.push_back(std::move(payload));
  }
  consumer.ring.flush();
  ASSERT_TRUE(consumer.run_until_received(expected.size()));
  EXPECT_TRUE(consumer.payloads == expected);
  EXPECT_TRUE(std::ranges::is_sorted(consumer.numbers));
}

TEST(PacketRingTest, TheHeadroomBeforeAPayloadMayBeWritten) {
  EventLoop loop;
  bool received = false;
  Ring ring(
      loop, 2,
      [&](const Header&, base::MutableBytes payload) {
        std::memset(payload.data() - Ring::kHeadroomBytes, 0xff, Ring::kHeadroomBytes);
        received = payload[0] == 'x';
      },
      [] {});
  ASSERT_TRUE(ring.push({1}, base::as_bytes("x")));
  ring.flush();
  EXPECT_TRUE(loop.run_until(loop.now().steady + 5s, [&] { return received; }));
}

TEST(PacketRingTest, APacketOfAnotherThreadIsNeverLostNorForgotten) {
  constexpr uint64_t kPackets = 50'000;
  Consumer consumer(64);
  std::jthread producer([&] {
    for (uint64_t i = 0; i < kPackets;) {
      i += consumer.ring.push({i}, base::as_bytes("payload"));
      consumer.ring.flush();
    }
  });
  ASSERT_TRUE(consumer.run_until_received(kPackets));
  for (uint64_t i = 0; i < kPackets; ++i) ASSERT_EQ(consumer.numbers[i], i);
}

}  // namespace
}  // namespace net
