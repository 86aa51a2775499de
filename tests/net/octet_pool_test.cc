#include "net/octet_pool.h"

#include <gtest/gtest.h>

namespace net {
namespace {

const auto kOne = base::IpAddress::v4(1);
const auto kOther = base::IpAddress::v4(2);

TEST(OctetPoolTest, ASourceAndAllTogetherAreBounded) {
  OctetPool pool({1, 2}, {.per_source = 100, .in_all = 150});
  OctetPool::Share first(pool, kOne);
  OctetPool::Share second(pool, kOne);
  OctetPool::Share other(pool, kOther);
  EXPECT_TRUE(first.resize(60));
  EXPECT_FALSE(second.resize(41));
  EXPECT_TRUE(second.resize(40));
  EXPECT_FALSE(other.resize(51));
  EXPECT_TRUE(other.resize(50));
  EXPECT_FALSE(first.resize(61)) << "and keeps what it has";
  EXPECT_EQ(pool.taken(), 150u);
  EXPECT_TRUE(first.resize(10));
  EXPECT_TRUE(second.resize(90));
  EXPECT_EQ(pool.taken(), 150u);
}

TEST(OctetPoolTest, AShareThatDiesGivesBack) {
  OctetPool pool({1, 2}, {.per_source = 100, .in_all = 100});
  {
    OctetPool::Share share(pool, kOne);
    EXPECT_TRUE(share.resize(100));
  }
  EXPECT_EQ(pool.taken(), 0u);
}

}  // namespace
}  // namespace net
