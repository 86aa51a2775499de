#include "stun/stream_framer.h"

#include <gtest/gtest.h>

#include <random>

#include "stun/channel_data.h"
#include "stun/message.h"
#include "tests/stun/vectors.h"

namespace stun {
namespace {

using test::from_hex;

struct SeenFrame {
  FrameKind kind;
  std::vector<uint8_t> bytes;
  bool operator==(const SeenFrame&) const = default;
};

std::vector<uint8_t> channel_frame(size_t payload_bytes) {
  std::vector<uint8_t> bytes(base::padded_to_4(kChannelDataHeaderBytes + payload_bytes));
  write_channel_data_header(bytes.data(), ChannelNumber{0x4001}, payload_bytes);
  for (size_t i = 0; i < payload_bytes; ++i) bytes[kChannelDataHeaderBytes + i] = static_cast<uint8_t>(i);
  return bytes;
}

std::vector<uint8_t> stun_header(uint16_t length) {
  auto bytes = from_hex("0016 0000 2112a442 0102030405060708090a0b0c");
  base::store_be16(bytes.data() + 2, length);
  return bytes;
}

// Frames in the order in which a receiver sees them that takes `chunk_sizes` octets at a time, the last size
// for ever.
std::vector<SeenFrame> frames_of(base::Bytes stream, const std::vector<size_t>& chunk_sizes) {
  std::vector<SeenFrame> seen;
  std::vector<uint8_t> buffer;
  size_t chunk = 0;
  while (!stream.empty()) {
    const size_t bytes = std::min(stream.size(), chunk_sizes[std::min(chunk++, chunk_sizes.size() - 1)]);
    buffer.insert(buffer.end(), stream.begin(), stream.begin() + bytes);
    stream = stream.subspan(bytes);
    for (;;) {
      const std::vector<uint8_t> exact = buffer;  // no spare capacity: a sanitizer sees overreads
      const auto frame = next_frame(exact);
      if (!frame) return seen;
      if (!*frame) break;
      seen.push_back({(*frame)->kind, {(*frame)->bytes.begin(), (*frame)->bytes.end()}});
      buffer.erase(buffer.begin(), buffer.begin() + (*frame)->consumed_bytes);
    }
  }
  return seen;
}

std::vector<uint8_t> mixed_stream() {
  std::vector<uint8_t> stream;
  for (size_t payload_bytes = 0; payload_bytes <= 5; ++payload_bytes) {
    const auto frame = channel_frame(payload_bytes);
    stream.insert(stream.end(), frame.begin(), frame.end());
    if (payload_bytes % 2 == 0) continue;
    for (const auto& message : {test::rfc5769_request(), stun_header(0)}) {
      stream.insert(stream.end(), message.begin(), message.end());
    }
  }
  return stream;
}

TEST(StreamFramerTest, AStreamIsCutTheSameWhereverItIsSplit) {
  const auto stream = mixed_stream();
  const auto whole = frames_of(stream, {stream.size()});
  ASSERT_EQ(whole.size(), 12u);
  EXPECT_EQ(frames_of(stream, {1}), whole);
  for (size_t split = 1; split < stream.size(); ++split) {
    ASSERT_EQ(frames_of(stream, {split, stream.size()}), whole) << split;
  }
}

TEST(StreamFramerTest, RandomStreamsInRandomChunksComeOutWhole) {
  std::mt19937_64 random(7);
  for (int round = 0; round < 300; ++round) {
    std::vector<uint8_t> stream;
    std::vector<SeenFrame> sent;
    for (int i = 0; i < 10; ++i) {
      const size_t body_bytes = random() % 300;
      auto frame = random() % 2 ? channel_frame(body_bytes)
                                : stun_header(static_cast<uint16_t>(body_bytes & ~size_t{3}));
      const bool is_channel = frame[0] == 0x40;
      if (!is_channel) frame.resize(kHeaderBytes + (body_bytes & ~size_t{3}));
      stream.insert(stream.end(), frame.begin(), frame.end());
      if (is_channel) frame.resize(kChannelDataHeaderBytes + body_bytes);
      sent.push_back({is_channel ? FrameKind::kChannelData : FrameKind::kStun, frame});
    }
    std::vector<size_t> chunks;
    for (int i = 0; i < 100; ++i) chunks.push_back(1 + random() % 100);
    ASSERT_EQ(frames_of(stream, chunks), sent);
  }
}

// A datagram's worth at once: some implementations wait for nine octets before they decide.
TEST(StreamFramerTest, ShortChannelDataIsAFrameAsSoonAsItsPaddingIsThere) {
  for (size_t payload_bytes = 0; payload_bytes <= 5; ++payload_bytes) {
    const auto bytes = channel_frame(payload_bytes);
    const auto frame = next_frame(bytes);
    ASSERT_TRUE(frame && *frame) << payload_bytes;
    EXPECT_EQ((*frame)->kind, FrameKind::kChannelData);
    EXPECT_EQ((*frame)->bytes.size(), 4 + payload_bytes);
    EXPECT_EQ((*frame)->consumed_bytes, bytes.size());
    EXPECT_EQ(parse_channel_data((*frame)->bytes)->data.size(), payload_bytes);
  }
}

TEST(StreamFramerTest, AFrameWaitsForEveryOneOfItsOctets) {
  for (const auto& whole : {test::rfc5769_request(), channel_frame(5), channel_frame(0), stun_header(0)}) {
    for (size_t bytes = 0; bytes < whole.size(); ++bytes) {
      const auto frame = next_frame(base::Bytes(whole).first(bytes));
      ASSERT_TRUE(frame) << bytes;
      ASSERT_FALSE(*frame) << bytes;
    }
    EXPECT_TRUE(*next_frame(whole));
  }
}

// A sum in 16 bits wraps to a frame of no length at 0xffec: an endless loop (coturn, pion).
TEST(StreamFramerTest, TheLongestStunLengthsNeitherWrapNorSpin) {
  std::vector<uint8_t> stream(kLargestFrameBytes);
  for (uint32_t length = 0xffec; length <= 0xffff; ++length) {
    const auto header = stun_header(static_cast<uint16_t>(length));
    std::copy(header.begin(), header.end(), stream.begin());
    const auto started = next_frame(header);
    const auto whole = next_frame(stream);
    if (length % 4 != 0) {
      EXPECT_EQ(started.error(), FramingError::kOutOfSync) << length;
      EXPECT_EQ(whole.error(), FramingError::kOutOfSync) << length;
      continue;
    }
    ASSERT_TRUE(started) << length;
    EXPECT_FALSE(*started) << length;
    ASSERT_TRUE(whole && *whole) << length;
    EXPECT_EQ((*whole)->consumed_bytes, 20 + length);
    EXPECT_FALSE(*next_frame(base::Bytes(stream).first(20 + length - 1)));
  }
}

TEST(StreamFramerTest, TheLongestChannelDataLengthsNeitherWrapNorSpin) {
  std::vector<uint8_t> stream(kLargestFrameBytes);
  for (uint32_t length = 0xffec; length <= 0xffff; ++length) {
    write_channel_data_header(stream.data(), ChannelNumber{0x4000}, length);
    const auto frame = next_frame(stream);
    ASSERT_TRUE(frame && *frame) << length;
    EXPECT_EQ((*frame)->bytes.size(), 4 + length);
    EXPECT_EQ((*frame)->consumed_bytes, base::padded_to_4(4 + length));
    EXPECT_FALSE(*next_frame(base::Bytes(stream).first((*frame)->consumed_bytes - 1)));
  }
}

struct ForeignStream {
  const char* what;
  std::vector<uint8_t> bytes;
};

class OutOfSyncTest : public testing::TestWithParam<ForeignStream> {};

TEST_P(OutOfSyncTest, ClosesTheConnection) {
  const auto frame = next_frame(GetParam().bytes);
  ASSERT_FALSE(frame) << GetParam().what;
  EXPECT_EQ(frame.error(), FramingError::kOutOfSync);
}

INSTANTIATE_TEST_SUITE_P(Each, OutOfSyncTest,
                         testing::Values(ForeignStream{"RTP, just above the last channel", from_hex("80")},
                                         ForeignStream{"the last first octet", from_hex("ff")},
                                         ForeignStream{"a length not a multiple of four, seen at four octets",
                                                       from_hex("00010001")},
                                         ForeignStream{"another cookie, seen at eight octets",
                                                       from_hex("00010000 2112a443")},
                                         ForeignStream{"TLS", from_hex("16030100f8 010000f4")}));

}  // namespace
}  // namespace stun
