#include "net/system_random.h"

#include <gtest/gtest.h>

#include <set>
#include <vector>

namespace net {
namespace {

TEST(SystemRandomTest, WordsDoNotRepeatAcrossRefillsOfTheBuffer) {
  SystemRandom random;
  std::set<uint64_t> seen;
  for (int i = 0; i < 1000; ++i) seen.insert(random.word<uint64_t>());
  EXPECT_EQ(seen.size(), 1000u);
}

TEST(SystemRandomTest, FillsAnyLengthToItsEnd) {
  SystemRandom random;
  for (const size_t length : {size_t{0}, size_t{1}, size_t{511}, size_t{512}, size_t{513}, size_t{5000}}) {
    std::vector<uint8_t> octets(length + 8, 0);
    random.fill(std::span(octets).first(length));
    EXPECT_EQ(octets[length], 0) << "nothing behind the end";
    if (length >= 512) {
      EXPECT_NE(std::vector<uint8_t>(octets.end() - 24, octets.end() - 8), std::vector<uint8_t>(16, 0));
    }
  }
}

}  // namespace
}  // namespace net
