// Bandwidth, counters and deadlines of a server.
#include "tests/relay/fixtures.h"

namespace relay {
namespace {

class BandwidthTest : public OverTransport {
 protected:
  BandwidthTest() {
    ServerOptions options;
    options.bits_per_second_per_allocation = 8'000'000;  // a megabyte a second, a quarter of it at once
    world.server.change_options(options);
    EXPECT_EQ(client.bind(0x4000, kPeer).code(), 200);
  }
  size_t sent_until_dropped() {
    size_t packets = 0;
    while (client.channel_data(0x4000, kilobyte).to_peer()) ++packets;
    return packets;
  }
  size_t received_until_dropped() {
    size_t packets = 0;
    while (client.from_peer(kPeer, kilobyte).to_client()) ++packets;
    return packets;
  }
  const std::vector<uint8_t> kilobyte = std::vector<uint8_t>(972);  // and 28 of IPv4 and UDP
};
INSTANTIATE_TEST_SUITE_P(Every, BandwidthTest, kEveryTransport, name_of_run);

TEST_P(BandwidthTest, DropsWhatExceedsTheRateAndCountsIt) {
  EXPECT_EQ(sent_until_dropped(), 250u);
  EXPECT_EQ(world.dropped(Drop::kOverBandwidth), 1u);
  world.advance(100ms);
  EXPECT_EQ(sent_until_dropped(), 100u);
  world.advance(10s);
  EXPECT_EQ(sent_until_dropped(), 250u);
  EXPECT_EQ(client.allocation()->to_peers.bytes.value(), 600u * 972);
}

TEST_P(BandwidthTest, EmptyPacketsAreNotFree) {
  size_t sent = 0, received = 0;
  while (client.channel_data(0x4000, {}).to_peer() && sent < 100'000) ++sent;
  while (client.from_peer(kPeer, {}).to_client() && received < 100'000) ++received;
  EXPECT_EQ(sent, 250'000u / 28);
  EXPECT_EQ(received, 250'000u / 28);
}

TEST_P(BandwidthTest, Ipv6HasLongerHeaders) {
  TurnClient both(world, "bob", GetParam(), at("198.51.100.2:5000"));
  EXPECT_EQ(both.allocate([](auto& m) { m.family(base::Family::kIpv6); }).code(), 200);
  EXPECT_EQ(both.bind(0x4000, kPeer6).code(), 200);
  size_t sent = 0;
  while (both.channel_data(0x4000, {}).to_peer() && sent < 100'000) ++sent;
  EXPECT_EQ(sent, 250'000u / 48);
}

TEST_P(BandwidthTest, IsCountedForEachDirection) {
  EXPECT_EQ(sent_until_dropped(), 250u);
  EXPECT_EQ(received_until_dropped(), 250u);
}

TEST_P(BandwidthTest, IsCountedForEachAllocation) {
  EXPECT_EQ(sent_until_dropped(), 250u);
  TurnClient other(world, "bob", GetParam(), at("198.51.100.2:5000"));
  EXPECT_EQ(other.allocate().code(), 200);
  EXPECT_EQ(other.bind(0x4000, kPeer).code(), 200);
  EXPECT_TRUE(other.channel_data(0x4000, kilobyte).to_peer());
}

TEST(CountersTest, GaugesFollowTransportAndFamily) {
  TurnWorld world;
  TurnClient udp(world), tls(world, "bob", Transport::kTls, at("198.51.100.2:5000"));
  EXPECT_EQ(udp.allocate().code(), 200);
  EXPECT_EQ(tls.allocate([](auto& m) { m.additional(base::Family::kIpv6); }).code(), 200);
  const auto& gauges = world.counters.allocations;
  EXPECT_EQ(gauges[size_t(Transport::kUdp)][0].value(), 1u);
  EXPECT_EQ(gauges[size_t(Transport::kTls)][0].value(), 1u);
  EXPECT_EQ(gauges[size_t(Transport::kTls)][1].value(), 1u);
  world.advance(600s);
  EXPECT_EQ(world.gauge(), 0u);
  EXPECT_EQ(world.counters.allocations_created.value(), 2u);
  EXPECT_EQ(world.counters.allocations_expired.value(), 2u);
}

TEST(CountersTest, EveryReasonHasALabelOfItsOwn) {
  std::set<std::string> labels;
  for (uint8_t i = 0; i < uint8_t(Reject::kCount); ++i) labels.insert(label_of(Reject{i}));
  EXPECT_EQ(labels.size(), size_t(Reject::kCount));
  labels.clear();
  for (uint8_t i = 0; i < uint8_t(Drop::kCount); ++i) labels.insert(label_of(Drop{i}));
  EXPECT_EQ(labels.size(), size_t(Drop::kCount));
}

TEST(DeadlineTest, NothingToWaitForWithoutAllocations) {
  TurnWorld world;
  EXPECT_EQ(world.server.poll_timeout(), std::nullopt);
}

TEST(DeadlineTest, SleepingUntilPollTimeoutExpiresEveryAllocationWithinATick) {
  TurnWorld world;
  TurnClient early(world), late(world, "bob", Transport::kUdp, at("198.51.100.2:5000"));
  EXPECT_EQ(early.allocate().code(), 200);
  world.advance(100s);
  EXPECT_EQ(late.allocate([](auto& m) { m.lifetime(3600); }).code(), 200);
  const auto start = world.clock.steady();
  std::vector<std::chrono::nanoseconds> ends;
  for (size_t left = 2; const auto timeout = world.server.poll_timeout();) {
    ASSERT_GT(*timeout, world.clock.steady());  // otherwise the loop would spin
    world.advance(*timeout - world.clock.steady());
    if (world.server.allocation_count() < left) ends.push_back(world.clock.steady() - start);
    left = world.server.allocation_count();
  }
  ASSERT_EQ(ends.size(), 2u);
  EXPECT_THAT(ends[0], testing::AllOf(testing::Ge(500s), testing::Le(500s + base::TimerWheel::kTick)));
  EXPECT_THAT(ends[1], testing::AllOf(testing::Ge(3600s), testing::Le(3600s + base::TimerWheel::kTick)));
}

TEST(DeadlineTest, TimeoutsEarlyLateAndTwiceAreHarmless) {
  TurnWorld world;
  TurnClient client(world);
  EXPECT_EQ(client.allocate().code(), 200);
  for (int i = 0; i < 3; ++i) world.server.handle_timeout(world.clock.steady());
  EXPECT_TRUE(client.is_allocated());
  world.advance(100h);
  EXPECT_FALSE(client.is_allocated());
  world.server.handle_timeout(world.clock.steady());
}

}  // namespace
}  // namespace relay
