// Relay to relay: both ends are allocations of this process, behind 1:1 NAT.
#include "tests/relay/fixtures.h"

namespace relay {
namespace {

class HairpinTest : public testing::Test {
 protected:
  HairpinTest() {
    alices = alice.allocate().relayed().at(0);
    bobs = bob.allocate().relayed().at(0);
  }
  TurnWorld world;
  TurnClient alice{world, "alice", Transport::kUdp, at("198.51.100.1:5000")};
  TurnClient bob{world, "bob", Transport::kTls, at("198.51.100.2:5000")};
  base::Endpoint alices, bobs;  // as advertised
};

TEST_F(HairpinTest, ReachesTheOtherClientFromTheAdvertisedAddress) {
  EXPECT_EQ(alice.permit({bobs}).code(), 200);
  EXPECT_EQ(bob.permit({alices}).code(), 200);
  const auto outcome = alice.send_indication(bobs, octets("hi"));
  ASSERT_TRUE(outcome.to_client());
  EXPECT_EQ(outcome.client, bob.path.tuple);
  EXPECT_EQ(outcome.message().xor_address(AttributeType::kXorPeerAddress), alices);
  EXPECT_EQ(alice.allocation()->to_peers.packets.value(), 1u);
  EXPECT_EQ(bob.allocation()->to_client.packets.value(), 1u);
}

TEST_F(HairpinTest, GoesFromChannelToChannel) {
  EXPECT_EQ(alice.bind(0x4000, bobs).code(), 200);
  EXPECT_EQ(bob.bind(0x4abc, alices).code(), 200);
  const auto outcome = alice.channel_data(0x4000, octets("hi"));
  ASSERT_TRUE(outcome.to_client());
  EXPECT_EQ(support::to_hex(outcome.wire), "4abc000268690000");  // padded: bob is on a stream
}

TEST_F(HairpinTest, NeedsThePermissionOfBothSides) {
  EXPECT_EQ(alice.permit({bobs}).code(), 200);
  EXPECT_TRUE(alice.send_indication(bobs, octets("hi")).nothing());
  EXPECT_EQ(world.dropped(Drop::kNoPermission), 1u);
  EXPECT_TRUE(bob.send_indication(alices, octets("hi")).nothing());
}

TEST_F(HairpinTest, ToAPortOfNobodyHereIsLeftToTheOtherWorkers) {
  EXPECT_EQ(alice.permit({bobs}).code(), 200);
  const base::Endpoint elsewhere{bobs.ip, 1024};
  const auto outcome = alice.send_indication(elsewhere, octets("hi"));
  EXPECT_EQ(outcome.kind, Step::Kind::kHairpin);  // never onto the network
  EXPECT_EQ(outcome.peer, elsewhere);
  EXPECT_EQ(outcome.from, alices);
}

TEST_F(HairpinTest, FromAnotherWorkerIsJudgedLikeAnyPeer) {
  const auto arrive = [&](const base::Endpoint& to, const base::Endpoint& from) {
    const auto payload = octets("hi");
    return support::keep(world.server.handle_hairpin(world.clock.steady(), to, from, payload, world.scratch));
  };
  const auto foreign = at("203.0.113.1:50254");
  EXPECT_TRUE(arrive(bobs, foreign).nothing());
  EXPECT_EQ(bob.permit({foreign}).code(), 200);
  EXPECT_TRUE(arrive(bobs, foreign).to_client());
  EXPECT_TRUE(arrive(at("203.0.113.1:1025"), foreign).nothing());
  EXPECT_EQ(world.dropped(Drop::kNoHairpin), 1u);
}

TEST_F(HairpinTest, ToItselfEndsThere) {  // no loop: one step, one packet
  EXPECT_EQ(alice.permit({alices}).code(), 200);
  const auto outcome = alice.send_indication(alices, octets("hi"));
  EXPECT_TRUE(outcome.to_client());
  EXPECT_EQ(outcome.client, alice.path.tuple);
}

TEST_F(HairpinTest, EndsWithTheOtherAllocation) {
  EXPECT_EQ(alice.permit({bobs}).code(), 200);
  EXPECT_EQ(bob.permit({alices}).code(), 200);
  bob.close();
  EXPECT_EQ(alice.send_indication(bobs, octets("hi")).kind, Step::Kind::kHairpin);
}

}  // namespace
}  // namespace relay
