// Ports: random, never twice, never lost, rested (RFC 8656 §7.2; turn-facts 12, 37, 50).
#include "relay/port_pool.h"

#include <set>

#include "tests/relay/fixtures.h"

namespace relay {
namespace {

constexpr uint16_t kFirst = 50000, kLast = 50099;

class PortPoolTest : public testing::Test {
 protected:
  std::optional<uint16_t> take(bool even = false, bool pair = false) {
    return pool.take(now, random, even, pair);
  }
  support::FixedRandom random{3};
  PortPool pool{kFirst, kLast};
  base::TimePoint now{1h};
};

TEST_F(PortPoolTest, GivesEveryPortOnceAndThenNone) {
  std::set<uint16_t> taken;
  for (size_t i = 0; i < pool.capacity(); ++i) taken.insert(take().value());
  EXPECT_EQ(taken.size(), 100u);
  EXPECT_EQ(*taken.begin(), kFirst);
  EXPECT_EQ(*taken.rbegin(), kLast);
  EXPECT_EQ(take(), std::nullopt);
  EXPECT_EQ(pool.free_ports(), 0u);
}

TEST_F(PortPoolTest, UsedPortsRestThirtySeconds) {
  std::vector<uint16_t> taken;
  while (const auto port = take()) taken.push_back(*port);
  pool.release(now, taken[5]);
  EXPECT_EQ(pool.resting_ports(), 1u);
  now += 30s - 1ns;
  EXPECT_EQ(take(), std::nullopt);
  now += 1ns;
  EXPECT_EQ(take(), taken[5]);
  EXPECT_EQ(pool.resting_ports(), 0u);
}

TEST_F(PortPoolTest, PortsOfOthersRestToo) {
  std::vector<uint16_t> taken;
  while (const auto port = take()) taken.push_back(*port);
  pool.avoid(now, taken[0]);
  EXPECT_EQ(take(), std::nullopt);
  now += PortPool::kRest;
  EXPECT_EQ(take(), taken[0]);
}

TEST_F(PortPoolTest, EvenPortsAreEvenUntilThereAreNone) {
  for (int i = 0; i < 50; ++i) EXPECT_EQ(take(true).value() % 2, 0);
  EXPECT_EQ(take(true), std::nullopt);
  EXPECT_EQ(take().value() % 2, 1);
}

TEST_F(PortPoolTest, PairsTakeTheOddNeighbourToo) {
  std::set<uint16_t> pairs;
  for (int i = 0; i < 50; ++i) pairs.insert(take(true, true).value());
  EXPECT_EQ(pairs.size(), 50u);
  EXPECT_EQ(pool.free_ports(), 0u);
  for (const auto port : pairs) EXPECT_EQ(port % 2, 0);
}

TEST_F(PortPoolTest, PairNeedsBothHalves) {
  while (pool.free_ports() > 0) take();
  pool.release(now, 50010);
  pool.release(now, 50021);
  now += PortPool::kRest;
  EXPECT_EQ(take(true, true), std::nullopt);
  EXPECT_EQ(take(true), 50010);
}

TEST_F(PortPoolTest, PairDoesNotReachBeyondTheRange) {
  PortPool odd(50000, 50000);
  EXPECT_EQ(odd.take(now, random, true, true), std::nullopt);
  EXPECT_EQ(odd.take(now, random, true, false), 50000);
  PortPool top(65534, 65535);
  EXPECT_EQ(top.take(now, random, true, true), 65534);
}

TEST_F(PortPoolTest, NothingIsLostInTenThousandSteps) {
  std::vector<uint16_t> held;
  for (int i = 0; i < 10000; ++i) {
    now += std::chrono::milliseconds(random.below(2000));
    if (random.below(2) && !held.empty()) {
      std::swap(held[random.below(held.size())], held.back());
      pool.release(now, held.back());
      held.pop_back();
    } else {
      const bool even = random.below(2), pair = even && random.below(2);
      if (const auto port = take(even, pair)) held.push_back(*port);
      if (pair && pool.free_ports() + pool.resting_ports() + held.size() < pool.capacity()) {
        held.push_back(static_cast<uint16_t>(held.back() + 1));
      }
    }
    ASSERT_EQ(pool.free_ports() + pool.resting_ports() + held.size(), pool.capacity());
  }
}

TEST_F(PortPoolTest,
       ChoiceIsUniform) {  // chi-square with 99 degrees of freedom: 149 at the 99.9th percentile
  std::array<int, 100> counts{};
  for (int i = 0; i < 100'000; ++i) {
    PortPool fresh(kFirst, kLast);
    ++counts[fresh.take(now, random, false, false).value() - kFirst];
  }
  double chi_square = 0;
  for (const int count : counts) chi_square += (count - 1000.0) * (count - 1000.0) / 1000.0;
  EXPECT_LT(chi_square, 149);
}

TEST_F(PortPoolTest, NextPortIsFarFromTheLast) {
  int neighbours = 0;
  for (int i = 0; i < 40; ++i) {
    const auto a = take().value(), b = take().value();
    neighbours += std::abs(a - b) <= 1;
  }
  EXPECT_LT(neighbours, 10);
}

}  // namespace
}  // namespace relay
