// What an operator does to a running server: look, kick, drain, change policy and options.
#include "tests/relay/fixtures.h"

namespace relay {
namespace {

class OperatorTest : public testing::Test {
 protected:
  OperatorTest() {
    EXPECT_EQ(alice.allocate().code(), 200);
    EXPECT_EQ(bob.allocate().code(), 200);
  }
  TurnWorld world;
  TurnClient alice{world, "alice", Transport::kUdp, at("198.51.100.1:5000")};
  TurnClient bob{world, "bob", Transport::kTls, at("198.51.100.2:5000")};
};

TEST_F(OperatorTest, SessionsTellWhoDoesWhat) {
  EXPECT_EQ(bob.bind(0x4000, kPeer).code(), 200);
  EXPECT_EQ(bob.permit({kOtherPeer}).code(), 200);
  EXPECT_TRUE(bob.channel_data(0x4000, octets("12345")).to_peer());
  EXPECT_TRUE(bob.from_peer(kPeer, octets("123")).to_client());
  world.advance(10s);
  const auto sessions = world.server.sessions(world.clock.steady());
  ASSERT_EQ(sessions.size(), 2u);
  const auto& session = *std::ranges::find(sessions, "bob", &SessionInfo::user);
  EXPECT_EQ(session.client, bob.path.tuple);
  EXPECT_EQ(session.relayed.at(0).ip, ip("203.0.113.1"));
  EXPECT_EQ(session.age, 10s);
  EXPECT_EQ(session.expires_in, 590s);
  EXPECT_EQ(session.permissions, 2u);
  EXPECT_EQ(session.channels, 1u);
  EXPECT_EQ(std::pair(session.packets_to_peers, session.bytes_to_peers), std::pair(uint64_t{1}, uint64_t{5}));
  EXPECT_EQ(std::pair(session.packets_to_client, session.bytes_to_client),
            std::pair(uint64_t{1}, uint64_t{3}));
}

TEST_F(OperatorTest, KickEndsOneAllocation) {
  const auto id = alice.allocation()->id;
  EXPECT_TRUE(world.server.kick(id));
  EXPECT_FALSE(world.server.kick(id));
  EXPECT_FALSE(alice.is_allocated());
  EXPECT_TRUE(bob.is_allocated());
  EXPECT_EQ(world.ports.opened(), 1u);
  EXPECT_EQ(world.quotas.in_all(), 1u);
  EXPECT_EQ(alice.refresh().code(), 437);
}

TEST_F(OperatorTest, KickUserEndsAllOfHis) {
  TurnClient second(world, "alice", Transport::kTcp, at("198.51.100.3:5000"));
  EXPECT_EQ(second.allocate().code(), 200);
  EXPECT_EQ(world.server.kick_user("alice"), 2u);
  EXPECT_EQ(world.server.kick_user("alice"), 0u);
  EXPECT_EQ(world.server.allocation_count(), 1u);
  EXPECT_TRUE(bob.is_allocated());
}

TEST_F(OperatorTest, DrainingRefusesNewAllocationsAndServesTheOldOnes) {
  world.server.drain();
  TurnClient late(world, "alice", Transport::kUdp, at("198.51.100.3:5000"));
  EXPECT_EQ(late.allocate().code(), 508);
  EXPECT_EQ(world.rejected(Reject::kDraining), 1u);
  EXPECT_EQ(alice.refresh().code(), 200);
  EXPECT_EQ(alice.bind(0x4000, kPeer).code(), 200);
  EXPECT_TRUE(alice.channel_data(0x4000, octets("x")).to_peer());
}

TEST_F(OperatorTest, NewPolicyRevokesWhatItDenies) {
  EXPECT_EQ(alice.bind(0x4000, kPeer).code(), 200);
  EXPECT_EQ(alice.bind(0x4001, kOtherPeer).code(), 200);
  auto stricter = support::lab_policy();
  stricter.deny.push_back(PeerRule::parse("192.0.2.7").value());
  world.change_policy(stricter);
  EXPECT_TRUE(alice.channel_data(0x4000, octets("x")).nothing());
  EXPECT_TRUE(alice.send_indication(kPeer, octets("x")).nothing());
  EXPECT_TRUE(alice.from_peer(kPeer, octets("x")).nothing());
  EXPECT_EQ(alice.bind(0x4000, kPeer).code(), 403);
  EXPECT_TRUE(alice.channel_data(0x4001, octets("x")).to_peer());
}

TEST_F(OperatorTest, NewPortRuleStopsPacketsOfThatPortOnly) {
  EXPECT_EQ(alice.bind(0x4000, kPeer).code(), 200);
  EXPECT_EQ(alice.bind(0x4001, {kPeer.ip, 9000}).code(), 200);
  auto stricter = support::lab_policy();
  stricter.deny.push_back(PeerRule::parse("192.0.2.0/24:7000-7999").value());
  world.change_policy(stricter);
  EXPECT_TRUE(alice.channel_data(0x4000, octets("x")).nothing());
  EXPECT_TRUE(alice.send_indication(kPeer, octets("x")).nothing());
  EXPECT_TRUE(alice.from_peer(kPeer, octets("x")).nothing());
  EXPECT_EQ(world.dropped(Drop::kPeerDenied), 3u);
  EXPECT_TRUE(alice.channel_data(0x4001, octets("x")).to_peer());
  EXPECT_EQ(alice.bind(0x4002, {kPeer.ip, 7500}).code(), 403);
}

TEST_F(OperatorTest, NewOptionsHoldFromTheNextRequest) {
  ServerOptions options;
  options.default_lifetime = 60s;
  options.max_lifetime = 90s;
  world.server.change_options(options);
  EXPECT_EQ(alice.refresh().lifetime(), 60u);
  EXPECT_EQ(alice.refresh(1000).lifetime(), 90u);
}

TEST_F(OperatorTest, NewNonceKeyAsksForANewNonce) {
  world.server.change_nonces(stun::NonceKey({3, 4}, 3600s));
  EXPECT_EQ(alice.refresh().code(), 438);
  alice.challenge();
  EXPECT_EQ(alice.refresh().code(), 200);
}

TEST_F(OperatorTest, ClosedStreamEndsItsAllocation) {  // RFC 8656 §5
  bob.close();
  EXPECT_FALSE(bob.is_allocated());
  EXPECT_EQ(world.ports.opened(), 1u);
  bob.close();  // harmless
  EXPECT_EQ(bob.allocate().code(), 200);
}

TEST(ServerEndTest, GivesEverythingBack) {
  support::FakeClock clock;
  QuotaLedger quotas({});
  support::FakePorts ports(clock);
  support::FakeCredentials credentials;
  credentials.add("alice", "secret of alice");
  support::FixedRandom random(1);
  Counters counters;
  TurnWorld world;  // its client talks to the server below
  TurnClient client(world);
  client.challenge();
  {
    Server server(clock.steady(), {}, *world.policies[0], credentials, ports, quotas, random, world.nonces,
                  counters);
    const auto packet = TurnMessage(Method::kAllocate).transport().sign(client.login).bytes();
    EXPECT_EQ(server.handle_client(clock.now(), client.path, packet, world.scratch).kind, Step::Kind::kReply);
    EXPECT_EQ(ports.opened(), 1u);
  }
  EXPECT_EQ(ports.opened(), 0u);
  EXPECT_EQ(quotas.in_all(), 0u);
}

}  // namespace
}  // namespace relay
