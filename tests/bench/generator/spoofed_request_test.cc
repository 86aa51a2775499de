#include "bench/generator/spoofed_request.h"

#include <gtest/gtest.h>

#include <unordered_set>

#include "stun/message.h"

namespace bench::generator {
namespace {

const base::IpPrefix kSources = *base::IpPrefix::parse("10.64.0.0/12");
const base::Endpoint kServer = *base::Endpoint::parse("192.0.2.1:3478");

TEST(SpoofedRequestTest, AMillionHaveAMillionAddressesOfThePrefix) {
  const SpoofedRequests requests(kSources, kServer);
  std::unordered_set<uint64_t> seen;
  for (uint64_t i = 0; i < 1'000'000; ++i) {
    const auto source = requests.source(i);
    ASSERT_TRUE(kSources.contains(source.ip)) << source.to_string();
    ASSERT_GE(source.port, 1024);
    seen.insert(source.ip.lo);
  }
  EXPECT_EQ(seen.size(), 1'000'000U);
}

TEST(SpoofedRequestTest, TheDatagramIsWhatItsHeadersSay) {
  SpoofedRequests requests(kSources, kServer);
  for (uint64_t i = 1000; i < 1000 + kSpoofedKinds; ++i) {
    const auto datagram = requests.datagram(i);
    ASSERT_GT(datagram.size(), 28U);
    EXPECT_EQ(datagram[0], 0x45);
    EXPECT_EQ(base::load_be16(&datagram[2]), datagram.size());
    EXPECT_EQ(base::load_be32(&datagram[12]), requests.source(i).ip.lo);
    EXPECT_EQ(base::load_be32(&datagram[16]), kServer.ip.lo);
    EXPECT_EQ(base::load_be16(&datagram[20]), requests.source(i).port);
    EXPECT_EQ(base::load_be16(&datagram[22]), kServer.port);
    EXPECT_EQ(base::load_be16(&datagram[24]), datagram.size() - 20);
    const auto message = stun::Message::parse(datagram.subspan(28));
    ASSERT_TRUE(message);
    const bool binding = SpoofedRequests::kind(i) == SpoofedKind::kBinding;
    EXPECT_EQ(message->method(), binding ? stun::Method::kBinding : stun::Method::kAllocate);
    EXPECT_EQ(message->has(stun::AttributeType::kMessageIntegrity),
              SpoofedRequests::kind(i) == SpoofedKind::kAllocateWithLies);
  }
}

}  // namespace
}  // namespace bench::generator
