#include "signaling/candidate_addresses.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace signaling {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

base::IpAddress ip(std::string_view text) { return *base::IpAddress::parse(text); }

TEST(CandidateAddressesTest, TheyAreFoundInEveryForm) {
  const auto* attribute = "candidate:1 1 udp 2122260223 192.0.2.7 50000 typ srflx raddr 10.0.0.1 rport 5";
  EXPECT_THAT(candidate_addresses(attribute), ElementsAre(ip("192.0.2.7")));
  EXPECT_THAT(candidate_addresses(std::string("{\"candidate\":{\"candidate\":\"") + attribute + "\"}}"),
              ElementsAre(ip("192.0.2.7")));
  EXPECT_THAT(candidate_addresses("{\"type\":\"offer\",\"sdp\":\"v=0\\r\\n"
                                  "a=candidate:1 1 udp 1 192.0.2.7 1 typ host\\r\\n"
                                  "a=candidate:2 1 tcp 1 2001:db8::1 9 typ host tcptype active\\r\\n"
                                  "a=candidate:3 2 udp 1 192.0.2.7 2 typ host\\r\\n\"}"),
              ElementsAre(ip("192.0.2.7"), ip("2001:db8::1")));
}

TEST(CandidateAddressesTest, WhatIsNoAddressIsPassedOver) {
  EXPECT_THAT(candidate_addresses(""), IsEmpty());
  EXPECT_THAT(candidate_addresses("candidate:"), IsEmpty());
  EXPECT_THAT(candidate_addresses("candidate:1 1 udp 1"), IsEmpty());
  EXPECT_THAT(candidate_addresses("candidate:1 1 udp 1 b5c2.local 1 typ host"), IsEmpty());
  EXPECT_THAT(candidate_addresses("candidate:1 1 udp candidate:2 1 udp 1 192.0.2.7 1 typ host"),
              ElementsAre(ip("192.0.2.7")));
}

TEST(CandidateAddressesTest, WhatOnlyBeginsLikeACandidateIsNone) {
  EXPECT_THAT(candidate_addresses("candidate:1 1 udp 1 192.0.2.7"), IsEmpty());
  EXPECT_THAT(candidate_addresses("candidate:1 1 udp 1 192.0.2.7 1"), IsEmpty());
  EXPECT_THAT(candidate_addresses("candidate:1 1 udp 1 192.0.2.7 1 host"), IsEmpty());
}

TEST(CandidateAddressesTest, InAnSdpTheyAreAttributes) {
  EXPECT_THAT(candidate_addresses_of_sdp("v=0\r\ns=candidate:1 1 udp 1 192.0.2.6 1 typ host\r\n"
                                         "a=candidate:1 1 udp 1 192.0.2.7 1 typ host\r\n"),
              ElementsAre(ip("192.0.2.7")));
}

TEST(CandidateAddressesTest, ThereIsABound) {
  std::string text;
  for (int i = 0; i < 200; ++i)
    text += "a=candidate:1 1 udp 1 10.0.0." + std::to_string(i) + " 1 typ host\r\n";
  EXPECT_EQ(candidate_addresses(text).size(), kMaxCandidateAddresses);
}

}  // namespace
}  // namespace signaling
