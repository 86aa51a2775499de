#include "bench/generator/options.h"

#include <gtest/gtest.h>

#include "bench/generator/stamp.h"

namespace bench::generator {
namespace {

using namespace std::chrono_literals;

TEST(RelayOptionsTest, DefaultsAreFine) { EXPECT_EQ(RelayOptions{}.problem(), ""); }

TEST(RelayOptionsTest, WhatCannotBeRunIsNamed) {
  const auto problem = [](auto&& change) {
    RelayOptions options;
    change(options);
    return options.problem().substr(0, options.problem().find(':'));
  };
  EXPECT_EQ(problem([](auto& o) { o.payload_bytes = kStampBytes - 1; }), "payload");
  EXPECT_EQ(problem([](auto& o) { o.payload_bytes = 1401; }), "payload");
  EXPECT_EQ(problem([](auto& o) { o.indications = true, o.payload_bytes = 161; }), "payload");
  EXPECT_EQ(problem([](auto& o) { o.burst = 0; }), "burst");
  EXPECT_EQ(problem([](auto& o) { o.burst = 65; }), "burst");
  EXPECT_EQ(problem([](auto& o) { o.packets_per_second = 0; }), "rate");
  EXPECT_EQ(problem([](auto& o) { o.duration = 3min, o.warm_up = 2min; }), "duration");
  EXPECT_EQ(problem([](auto& o) { o.allocations = 0; }), "allocations and peers");
  EXPECT_EQ(problem([](auto& o) { o.path = Path::kPaired, o.allocations = 3; }), "allocations");
  EXPECT_EQ(problem([](auto& o) { o.path = Path::kDirect, o.indications = true; }), "indications");
}

}  // namespace
}  // namespace bench::generator
