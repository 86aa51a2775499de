#include "app/config/text.h"

#include <gmock/gmock.h>

namespace app {
namespace {

using testing::HasSubstr;

TEST(PeerRuleTextTest, EveryFormIsReadAndWrittenInItsShortestForm) {
  const std::pair<const char*, const char*> forms[] = {
      {"10.0.0.0/8", "10.0.0.0/8"},
      {"192.0.2.1", "192.0.2.1/32"},
      {"10.0.0.0/8:443", "10.0.0.0/8:443"},
      {"192.0.2.1:80-90", "192.0.2.1/32:80-90"},
      {"10.0.0.0/8:0-65535", "10.0.0.0/8"},
      {"2001:db8::/32", "2001:db8::/32"},
      {"[2001:db8::]/32", "2001:db8::/32"},
      {"[2001:db8::]/32:1024-65535", "[2001:db8::]/32:1024-65535"},
      {"[2001:db8::1]:443", "[2001:db8::1]/128:443"},
      {"::ffff:192.0.2.1", "::ffff:192.0.2.1/128"},
  };
  for (const auto& [text, shortest] : forms) {
    const auto rule = from_text<PeerRule>(text);
    ASSERT_TRUE(rule) << text << " " << rule.error();
    EXPECT_EQ(to_text(*rule), shortest);
    EXPECT_EQ(from_text<PeerRule>(shortest), rule);
  }
}

TEST(PeerRuleTextTest, WhatIsNoneIsRefusedWithExamples) {
  for (const auto* text :
       {"", "[", "[]", "[2001:db8::", "[2001:db8::]x", "[2001:db8::]32:1", "10.0.0.0/8:", "10.0.0.0/8:x",
        "10.0.0.0/8:1-", "10.0.0.0/8:70000", "host/8", "10.0.0.0/8:1-2-3"}) {
    const auto rule = from_text<PeerRule>(text);
    ASSERT_FALSE(rule) << text;
    EXPECT_THAT(rule.error(), HasSubstr("write for example \"10.0.0.0/8\"")) << text;
  }
  EXPECT_EQ(from_text<PeerRule>("10.0.0.0/8:9-1").error(),
            "has its ports in reverse; write the lower one first");
}

TEST(PrefixTextTest, BitsBeyondTheLengthAreShownTheNetworkAndTheAddress) {
  EXPECT_EQ(from_text<base::IpPrefix>("10.1.2.3/8").error(),
            "has bits set beyond its prefix length; write \"10.0.0.0/8\" for the network or \"10.1.2.3\" for "
            "the one "
            "address");
  EXPECT_THAT(from_text<base::IpPrefix>("2001:db8::1/32").error(), HasSubstr("write \"2001:db8::/32\""));
  EXPECT_THAT(from_text<base::IpPrefix>("2001:db8::1/96").error(), HasSubstr("write \"2001:db8::/96\""));
  EXPECT_THAT(from_text<base::IpPrefix>("ffff::1/0").error(), HasSubstr("write \"::/0\""));
  EXPECT_THAT(from_text<PeerRule>("10.1.2.3/8:443").error(), HasSubstr("write \"10.0.0.0/8\""));
}

TEST(PrefixTextTest, LengthOutOfRangeNamesTheRange) {
  EXPECT_EQ(from_text<base::IpPrefix>("10.0.0.0/33").error(),
            "has no prefix length from 0 to 32 after the slash");
  EXPECT_EQ(from_text<base::IpPrefix>("::/129").error(),
            "has no prefix length from 0 to 128 after the slash");
  EXPECT_EQ(from_text<base::IpPrefix>("10.0.0.0/").error(),
            "has no prefix length from 0 to 32 after the slash");
}

TEST(PortRangeTextTest, RangesAndSinglePortsAreReadBack) {
  for (const auto* text : {"49152-65535", "5000", "9-1"})
    EXPECT_EQ(to_text(from_text<PortRange>(text).value()), text);
  for (const auto* text : {"", "-", "1-", "-1", "1-65536", "a-b", "1 - 2"}) {
    EXPECT_FALSE(from_text<PortRange>(text)) << text;
  }
  EXPECT_EQ((PortRange{49152, 65535}).size(), 16384u);
  EXPECT_EQ((PortRange{2, 1}).size(), 0u);
}

TEST(ByteSizeTextTest, UnitsArePowersOfTwoAndWrittenBack) {
  const std::pair<const char*, uint64_t> sizes[] = {
      {"0", 0}, {"1000", 1000}, {"64KiB", 65536}, {"1MiB", 1 << 20}, {"1024GiB", uint64_t{1} << 40}};
  for (const auto& [text, bytes] : sizes) EXPECT_EQ(from_text<ByteSize>(text), ByteSize{bytes}) << text;
  EXPECT_EQ(to_text(ByteSize{65536}), "64KiB");
  EXPECT_EQ(to_text(ByteSize{1 << 20}), "1MiB");
  EXPECT_EQ(to_text(ByteSize{1000}), "1000");
  for (const auto* text :
       {"", "KiB", "64KB", "64 KiB", "-1", "1.5MiB", "1025GiB", "18446744073709551615GiB"}) {
    EXPECT_FALSE(from_text<ByteSize>(text)) << text;
  }
}

TEST(WordTextTest, AnUnknownWordIsToldTheKnownOnes) {
  EXPECT_EQ(from_text<LogLevel>("verbose").error(),
            "is none of the known words; write one of trace, debug, info, warn, error");
  EXPECT_EQ(from_text<RestHash>("md5").error(), "is none of the known words; write one of sha1, sha256");
  EXPECT_EQ(from_text<LogFormat>("json"), LogFormat::kJson);
  EXPECT_EQ(from_text<FastPath>("xdp"), FastPath::kXdp);
}

}  // namespace
}  // namespace app
