// Refusals added up in bounded memory, and the lines that they make.
#include "app/refusal_sums.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "app/refusal_log.h"

namespace app {
namespace {

Refusal refusal(const std::string& who, const std::string& client = "192.0.2.1") {
  return {
      .who = who, .client = client, .reason = "user_quota", .code = 486, .key = "relay.allocations_per_user"};
}

std::string line(const std::vector<LogField>& fields) {
  return log_line(LogFormat::kJson, {}, LogLevel::kInfo, "refusals", fields);
}

TEST(RefusalSumsTest, AddUpByWhoWhereAndWhy) {
  RefusalSums sums;
  EXPECT_TRUE(sums.empty());
  for (int i = 0; i < 3; ++i) sums.add(refusal("alice"));
  sums.add(refusal("alice", "192.0.2.2"));
  sums.add(refusal("bob"));
  sums.add(refusal("bob"));
  const auto taken = sums.take();
  EXPECT_THAT(taken.sums, testing::ElementsAre(RefusalSum{refusal("alice"), 3}, RefusalSum{refusal("bob"), 2},
                                               RefusalSum{refusal("alice", "192.0.2.2"), 1}));
  EXPECT_EQ(taken.others, 0u);
  EXPECT_TRUE(sums.empty());
  EXPECT_TRUE(sums.take().sums.empty());
}

TEST(RefusalSumsTest, FloodOfMadeUpNamesHidesNobody) {
  RefusalSums sums;
  uint64_t all = 0;
  for (int i = 0; i < 20'000; ++i, ++all) {
    sums.add(refusal("made up " + std::to_string(i)));
    if (i % 50 != 0) continue;
    sums.add(refusal("alice"));
    ++all;
  }
  const auto taken = sums.take();
  ASSERT_LE(taken.sums.size(), RefusalSums::kDifferent);
  EXPECT_EQ(taken.sums.at(0).refusal, refusal("alice"));
  uint64_t told = taken.others;
  for (const auto& sum : taken.sums) told += sum.times;
  EXPECT_EQ(told, all);  // nothing is lost but names
}

TEST(RefusalLinesTest, NameUserClientReasonAndKey) {
  RefusalSums sums;
  sums.add(refusal("alice"));
  const auto lines = lines_of(sums.take());
  ASSERT_EQ(lines.size(), 1u);
  EXPECT_THAT(line(lines[0]),
              testing::HasSubstr(R"("client":"192.0.2.1","code":486,"user":"alice",)"
                                 R"("reason":"user_quota","key":"relay.allocations_per_user",)"
                                 R"("times":1)"));
}

// fail2ban would ban whomever a client names.
TEST(RefusalLinesTest, NothingThatAClientSentStandsBeforeItsAddress) {
  RefusalSums sums;
  sums.add({.who = "x client=198.51.100.7 code=401",
            .client = "192.0.2.1",
            .reason = "Origin http://a client=198.51.100.8 code=401",
            .code = 403,
            .key = {}});
  const auto text = log_line(LogFormat::kText, {}, LogLevel::kInfo, "refusals", lines_of(sums.take()).at(0));
  EXPECT_THAT(text, testing::MatchesRegex("[0-9T:.Z-]+ info  refusals +client=192.0.2.1 code=403 user=.*"));
}

TEST(RefusalLinesTest, WhatMayBeForgedNamesNobody) {
  RefusalSums sums;
  sums.add({.who = {}, .client = {}, .reason = "wrong_realm", .code = 401, .key = "realm"});
  const auto lines = lines_of(sums.take());
  ASSERT_EQ(lines.size(), 1u);
  EXPECT_THAT(line(lines[0]), testing::HasSubstr(R"("event":"refusals","code":401,"reason":"wrong_realm")"));
}

TEST(RefusalLinesTest, AreBoundedAndCountTheRest) {
  RefusalSums sums;
  for (int i = 0; i < 100; ++i) sums.add(refusal(std::to_string(i)));
  sums.add(refusal("alice"));
  sums.add(refusal("alice"));
  auto taken = sums.take();
  taken.others += 7;
  const auto lines = lines_of(taken);
  ASSERT_EQ(lines.size(), RefusalLog::kLines + 1);
  EXPECT_THAT(line(lines[0]), testing::HasSubstr("alice"));
  EXPECT_THAT(line(lines.back()), testing::HasSubstr("\"others\":" + std::to_string(100 - 19 + 7)));
}

}  // namespace
}  // namespace app
