#include "app/log_line.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <vector>

namespace app {
namespace {

using nlohmann::json;
using namespace std::chrono_literals;

constexpr LogTime kTime{std::chrono::sys_days{std::chrono::November / 21 / 2026} + 10h + 26min + 7ms};

std::string line(LogFormat format, std::vector<LogField> fields, LogLevel level = LogLevel::kInfo) {
  return log_line(format, kTime, level, "session_start", fields);
}

TEST(LogLineTest, TextIsAlignedAndQuotesOnlyWhatIsNotPlain) {
  EXPECT_EQ(
      line(LogFormat::kText, {{"user", "alice"}, {"client", "[2001:db8::1]:5000"}, {"bytes", 5u}}),
      "2026-11-21T10:26:00.007Z info  session_start         user=alice client=[2001:db8::1]:5000 bytes=5");
  EXPECT_EQ(line(LogFormat::kText, {{"text", "two words"}, {"none", ""}, {"on", true}}, LogLevel::kError),
            "2026-11-21T10:26:00.007Z error session_start         text=\"two words\" none=\"\" on=true");
}

TEST(LogLineTest, JsonKeepsTypesAndOrder) {
  const auto text =
      line(LogFormat::kJson, {{"user", "alice"}, {"bytes", uint64_t{1} << 63}, {"left", -3}, {"on", false}},
           LogLevel::kWarn);
  EXPECT_EQ(text, R"({"time":"2026-11-21T10:26:00.007Z","level":"warn","event":"session_start",)"
                  R"("user":"alice","bytes":9223372036854775808,"left":-3,"on":false})");
}

TEST(LogLineTest, AnEventWithoutFieldsEndsWithItsName) {
  EXPECT_EQ(line(LogFormat::kText, {}), "2026-11-21T10:26:00.007Z info  session_start");
  EXPECT_EQ(json::parse(line(LogFormat::kJson, {})).size(), 3u);
}

TEST(LogLineTest, TimesAreRfc3339InUtc) {
  EXPECT_EQ(rfc3339(LogTime{}), "1970-01-01T00:00:00.000Z");
  EXPECT_EQ(rfc3339(std::chrono::sys_seconds{1000000000s}), "2001-09-09T01:46:40Z");
  EXPECT_EQ(rfc3339(LogTime{-1ms}), "1969-12-31T23:59:59.999Z");
}

// What a client may call itself, or a path may contain.
class LogInjectionTest : public testing::TestWithParam<const char*> {};

TEST_P(LogInjectionTest, NoTextForgesALineOrReachesTheTerminal) {
  const std::string hostile = GetParam();
  for (const auto format : {LogFormat::kText, LogFormat::kJson}) {
    const auto text = line(format, {{"user", hostile}, {"client", "192.0.2.1:1"}});
    EXPECT_TRUE(std::ranges::all_of(text, [](char c) { return c >= 0x20 && c < 0x7f; })) << text;
  }
  const auto parsed = json::parse(line(LogFormat::kJson, {{"user", hostile}, {"client", "192.0.2.1:1"}}));
  EXPECT_EQ(parsed.size(), 5u);
  EXPECT_EQ(parsed["event"], "session_start");
  // In text, too, the value is one JSON string: nothing in it can pass for another field.
  const auto text = line(LogFormat::kText, {{"user", hostile}});
  EXPECT_EQ(json::parse(text.substr(text.find("user=") + 5)), parsed["user"]);
}

INSTANTIATE_TEST_SUITE_P(All, LogInjectionTest,
                         testing::Values("x\n2026-11-21T10:26:00.007Z info ready", "x\r\nfake",
                                         "\x1b[2J\x1b[31m", "a\" client=10.0.0.1 b=\"", "back\\slash",
                                         "tab\tand\x7f", "a=b c=d", "\xc2\x9b\x31m", "\xe2\x80\xae reversed",
                                         "\xe2\x80\xa8line", "caf\xc3\xa9", "{\"event\":\"ready\"}"));

TEST(LogLineTest, WhatIsNoUtf8IsReplaced) {
  for (const auto* text : {"\xff\xfe", "\xc3", "a\x80z"}) {
    EXPECT_NE(line(LogFormat::kText, {{"user", text}}).find("\\ufffd"), std::string::npos);
    EXPECT_TRUE(json::accept(line(LogFormat::kJson, {{"user", text}})));
  }
}

TEST(LogLineTest, ANulDoesNotEndTheLine) {
  const auto parsed = json::parse(line(LogFormat::kJson, {{"user", std::string("a\0b", 3)}, {"last", 1}}));
  EXPECT_EQ(parsed["user"], std::string("a\0b", 3));
  EXPECT_EQ(parsed["last"], 1);
}

}  // namespace
}  // namespace app
