#include "bench/generator/histogram.h"

#include <gtest/gtest.h>

#include <cmath>

namespace bench::generator {
namespace {

using namespace std::chrono_literals;

constexpr double kWidth = 1.0 / 64;  // of a bucket, relative

TEST(HistogramTest, AnEmptyOneSaysZero) {
  const Histogram histogram;
  EXPECT_EQ(histogram.count(), 0U);
  EXPECT_EQ(histogram.quantile(0.5), 0ns);
  EXPECT_EQ(histogram.max(), 0ns);
}

TEST(HistogramTest, SmallValuesAreExact) {
  Histogram histogram;
  for (int i = 1; i <= 100; ++i) histogram.record(std::chrono::nanoseconds(i));
  EXPECT_EQ(histogram.quantile(0.0), 1ns);
  EXPECT_EQ(histogram.quantile(0.5), 50ns);
  EXPECT_EQ(histogram.quantile(0.99), 99ns);
  EXPECT_EQ(histogram.quantile(1.0), 100ns);
}

TEST(HistogramTest, AQuantileIsNeverBelowTheTruthAndAtMostABucketAbove) {
  for (const int64_t scale : {1'000, 77'777, 12'345'678, 1'000'000'000}) {
    Histogram histogram;
    for (int64_t i = 1; i <= 1000; ++i) histogram.record(std::chrono::nanoseconds(i * scale));
    for (const double fraction : {0.001, 0.1, 0.5, 0.9, 0.99, 0.999}) {
      const double truth = std::round(fraction * 1000) * static_cast<double>(scale);
      const auto found = static_cast<double>(histogram.quantile(fraction).count());
      EXPECT_GE(found, truth) << scale << " " << fraction;
      EXPECT_LE(found, truth * (1 + kWidth) + 1) << scale << " " << fraction;
    }
  }
}

TEST(HistogramTest, TheMaximumIsExactAndBoundsEveryQuantile) {
  Histogram histogram;
  histogram.record(1'000'003ns);
  EXPECT_EQ(histogram.max(), 1'000'003ns);
  EXPECT_EQ(histogram.quantile(0.5), 1'000'003ns);
}

TEST(HistogramTest, NegativeAndEndlessValuesAreCounted) {
  Histogram histogram;
  histogram.record(-5ns);
  histogram.record(24h);
  EXPECT_EQ(histogram.count(), 2U);
  EXPECT_EQ(histogram.quantile(0.5), 0ns);
  EXPECT_EQ(histogram.max(), 24h);
  EXPECT_GT(histogram.quantile(1.0), 18min);
}

}  // namespace
}  // namespace bench::generator
