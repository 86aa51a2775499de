#include "stun/channel_data.h"

#include <gtest/gtest.h>

#include <vector>

namespace stun {
namespace {

std::vector<uint8_t> channel_data(uint16_t channel, size_t claimed_bytes, size_t real_bytes) {
  std::vector<uint8_t> bytes(kChannelDataHeaderBytes + real_bytes, 0xab);
  write_channel_data_header(bytes.data(), ChannelNumber{channel}, claimed_bytes);
  return bytes;
}

TEST(ChannelDataTest, PayloadsOfZeroToFiveOctetsArriveWhole) {
  for (size_t payload_bytes = 0; payload_bytes <= 5; ++payload_bytes) {
    const auto bytes = channel_data(0x4001, payload_bytes, payload_bytes);
    const auto parsed = parse_channel_data(bytes);
    ASSERT_TRUE(parsed) << payload_bytes;
    EXPECT_EQ(parsed->channel, ChannelNumber{0x4001});
    EXPECT_EQ(parsed->data.size(), payload_bytes);
    EXPECT_EQ(parsed->data.data(), bytes.data() + 4);
  }
}

TEST(ChannelDataTest, PaddingBehindTheDataIsIgnored) {
  const auto padded = channel_data(0x4000, 5, 8);
  EXPECT_EQ(parse_channel_data(padded)->data.size(), 5u);
}

TEST(ChannelDataTest, EveryTruncationIsSeen) {
  const auto whole = channel_data(0x4fff, 100, 100);
  for (size_t bytes = 0; bytes < whole.size(); ++bytes) {
    const std::vector<uint8_t> cut(whole.begin(),
                                   whole.begin() + bytes);  // its own buffer: a sanitizer sees overreads
    ASSERT_EQ(parse_channel_data(cut).error(), ChannelDataError::kTruncated) << bytes;
  }
}

// RFC 8656 has clients stop at 0x4fff, RFC 5766 did at 0x7ffe.
TEST(ChannelDataTest, TheNumbersOfRfc8656AndRfc5766AreChannels) {
  for (uint32_t channel = 0; channel <= 0xffff; ++channel) {
    const auto parsed = parse_channel_data(channel_data(static_cast<uint16_t>(channel), 0, 0));
    ASSERT_EQ(parsed.has_value(), channel >= kMinChannelNumber && channel <= kMaxChannelNumber) << channel;
    if (!parsed) {
      ASSERT_EQ(parsed.error(), ChannelDataError::kNotChannelData);
    }
  }
}

TEST(ChannelDataTest, TheLongestLengthDoesNotWrap) {
  EXPECT_EQ(parse_channel_data(channel_data(0x4000, 0xffff, 0xffff))->data.size(), 0xffffu);
  EXPECT_EQ(parse_channel_data(channel_data(0x4000, 0xffff, 0xfffe)).error(), ChannelDataError::kTruncated);
}

}  // namespace
}  // namespace stun
