#include "base/random.h"

#include <gtest/gtest.h>

namespace base {
namespace {

class CountingSource : public RandomSource {
 public:
  void fill(MutableBytes bytes) override {
    for (uint8_t& octet : bytes) octet = next_++;
  }

 private:
  uint8_t next_ = 1;
};

TEST(RandomTest, AWordTakesExactlyItsOwnOctets) {
  CountingSource source;
  EXPECT_EQ(source.word<uint16_t>(), 0x0102);
  EXPECT_EQ(source.word<uint64_t>(), 0x030405060708090a);
  EXPECT_EQ(source.word<uint8_t>(), 0x0b);
}

}  // namespace
}  // namespace base
