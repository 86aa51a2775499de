#include "net/receive_buffer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "net/poison.h"

namespace net {
namespace {

constexpr size_t kLimitBytes = 20'000;

// Reads at most `bytes` from the front of `stream`, as a socket would; how many it was.
size_t read_into(ReceiveBuffer& buffer, std::vector<uint8_t>& scratch, std::string_view stream,
                 size_t bytes) {
  const auto room = buffer.room(scratch, kLimitBytes);
  const size_t got = std::min({room.size(), bytes, stream.size()});
  std::copy_n(stream.begin(), got, room.begin());
  buffer.commit(got);
  return got;
}

// As another stream does.
void use_otherwise(std::vector<uint8_t>& scratch) {
  unpoison(scratch);
  std::ranges::fill(scratch, uint8_t{0xee});
}

TEST(ReceiveBufferTest, ARestComesBackInFrontOfWhatFollows) {
  ReceiveBuffer buffer;
  std::vector<uint8_t> scratch(kLimitBytes);
  read_into(buffer, scratch, "frame1fra", 9);
  buffer.consume(6);
  use_otherwise(scratch);
  read_into(buffer, scratch, "me2", 3);
  EXPECT_EQ(base::as_text(buffer.unread()), "frame2");
}

TEST(ReceiveBufferTest, NoOctetIsLostWhateverIsReadAndConsumed) {
  std::mt19937 random(3);
  std::string stream(600'000, '\0');
  for (auto& octet : stream) octet = static_cast<char>(random());
  ReceiveBuffer buffer;
  std::vector<uint8_t> scratch(kLimitBytes);
  size_t read = 0;
  size_t consumed = 0;
  while (consumed < stream.size()) {
    read += read_into(buffer, scratch, std::string_view(stream).substr(read), random() % 9000);
    ASSERT_EQ(base::as_text(buffer.unread()), std::string_view(stream).substr(consumed, read - consumed));
    const size_t some = buffer.size() < kLimitBytes / 2 ? random() % (buffer.size() + 1) : buffer.size();
    buffer.consume(some);
    consumed += some;
    use_otherwise(scratch);
  }
}

TEST(ReceiveBufferTest, AFullBufferHasNoRoom) {
  ReceiveBuffer buffer;
  std::vector<uint8_t> scratch(kLimitBytes);
  const std::string stream(kLimitBytes, 'x');
  size_t read = 0;
  while (read < kLimitBytes) {
    read += read_into(buffer, scratch, stream, 7000);
    buffer.consume(0);
  }
  EXPECT_EQ(buffer.size(), kLimitBytes);
  EXPECT_TRUE(buffer.room(scratch, kLimitBytes).empty());
}

TEST(ReceiveBufferTest, AReadThatBringsNothingKeepsTheRest) {
  ReceiveBuffer buffer;
  std::vector<uint8_t> scratch(kLimitBytes);
  read_into(buffer, scratch, "abc", 3);
  buffer.consume(1);
  read_into(buffer, scratch, "", 0);
  EXPECT_EQ(base::as_text(buffer.unread()), "bc");
  EXPECT_EQ(base::as_text(buffer.take().bytes()), "bc");
}

}  // namespace
}  // namespace net
