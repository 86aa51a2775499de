// Ports: random, never twice, never lost, rested (RFC 8656 §7.2; turn-facts 12, 37, 50).
#include "relay/port_pool.h"

#include <set>

#include "relay/quota_ledger.h"
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

TEST_F(PortPoolTest, WhatHasRestedLongestIsTakenWhenNothingIsFree) {  // twenty ports published by Docker
  PortPool few(50000, 50003);
  while (few.free_ports() > 0) static_cast<void>(few.take(now, random, false, false));
  for (const uint16_t port : {50002, 50001, 50000}) few.release(now += 1s, port, nullptr);
  EXPECT_EQ(few.take(now, random, false, false), std::nullopt);
  EXPECT_EQ(few.resting_since(false, false), now - 2s);
  EXPECT_EQ(few.take_resting(false, false), 50002);
  EXPECT_EQ(few.resting_since(true, false), now);
  EXPECT_EQ(few.take_resting(true, false), 50000);
  EXPECT_EQ(few.take_resting(true, false), std::nullopt);
  EXPECT_EQ(few.take_resting(false, false), 50001);
  EXPECT_EQ(few.take_resting(false, false), std::nullopt);
  EXPECT_EQ(few.free_ports() + few.resting_ports(), 0u);
}

TEST_F(PortPoolTest, PairIsTakenWhoseYoungerHalfHasRestedLongest) {
  PortPool few(50000, 50005);
  while (few.free_ports() > 0) static_cast<void>(few.take(now, random, false, false));
  for (const uint16_t port : {50004, 50000, 50003, 50002, 50001, 50005})
    few.release(now += 1s, port, nullptr);
  EXPECT_EQ(few.resting_since(true, true), now - 2s);
  EXPECT_EQ(few.take_resting(true, true), 50002);
  EXPECT_EQ(few.take_resting(true, true), 50000);
  EXPECT_EQ(few.take_resting(true, true), 50004);
  EXPECT_EQ(few.take_resting(true, true), std::nullopt);
}

TEST_F(PortPoolTest, PairMayBeHalfFree) {
  PortPool few(50001, 50004);  // 50002 and 50003 are the only pair
  while (few.free_ports() > 0) static_cast<void>(few.take(now, random, false, false));
  few.put_back(50003);
  for (const uint16_t port : {50001, 50004}) few.release(now, port, nullptr);
  EXPECT_EQ(few.take_resting(true, true), std::nullopt);
  few.release(now, 50002, nullptr);
  EXPECT_EQ(few.take_resting(true, true), 50002);
  EXPECT_EQ(few.free_ports(), 0u);
  EXPECT_EQ(few.resting_ports(), 2u);
}

TEST_F(PortPoolTest, PlaceIsKeptAsLongAsThePortRests) {
  QuotaLedger ledger({});
  const auto place = [&] { return take_place(ledger, "alice", ip("192.0.2.1")).value(); };
  pool.release(now, take().value(), place());
  PortPool one(50000, 50000);
  EXPECT_EQ(one.take(now, random, false, false), 50000);
  one.release(now, 50000, place());
  EXPECT_EQ(ledger.of_user("alice"), 2u);
  EXPECT_EQ(one.take_resting(false, false), 50000);
  EXPECT_EQ(ledger.of_user("alice"), 1u);
  pool.expire(now += PortPool::kRest - 1ns);
  EXPECT_EQ(ledger.of_user("alice"), 1u);
  pool.expire(now += 1ns);
  EXPECT_EQ(ledger.of_user("alice"), 0u);
}

TEST_F(PortPoolTest, UsedPortsRestThirtySeconds) {
  std::vector<uint16_t> taken;
  while (const auto port = take()) taken.push_back(*port);
  pool.release(now, taken[5], nullptr);
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
  EXPECT_EQ(pool.take_resting(false, false), std::nullopt);  // not before the end: it is not ours
  EXPECT_EQ(pool.resting_ports(), 1u);
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
  pool.release(now, 50010, nullptr);
  pool.release(now, 50021, nullptr);
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
      if (random.below(8)) {
        pool.release(now, held.back(), nullptr);
      } else {
        random.below(2) ? pool.avoid(now, held.back()) : pool.put_back(held.back());
      }
      held.pop_back();
    } else {
      const bool even = random.below(2), pair = even && random.below(2);
      auto port = take(even, pair);
      if (!port) port = pool.take_resting(even, pair);
      if (port) held.push_back(*port);
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
