// ChannelBind (RFC 8656 §12).
#include "tests/relay/fixtures.h"

namespace relay {
namespace {

class ChannelBindTest : public testing::Test {
 protected:
  ChannelBindTest() { EXPECT_EQ(client.allocate().code(), 200); }
  TurnWorld world;
  TurnClient client{world};
};

struct BindCase {
  const char* section;
  const char* what;
  TurnClient::Fill fill;
  int code;
};

const BindCase kCases[] = {
    {"§12.2", "without CHANNEL-NUMBER", [](auto& m) { m.peer(kPeer); }, 400},
    {"§12.2", "without XOR-PEER-ADDRESS", [](auto& m) { m.channel(0x4000); }, 400},
    {"§12", "of the lowest number", [](auto& m) { m.channel(0x4000).peer(kPeer); }, 200},
    {"§12", "of the highest number of RFC 8656", [](auto& m) { m.channel(0x4fff).peer(kPeer); }, 200},
    {"§12", "of the next one", [](auto& m) { m.channel(0x5000).peer(kPeer); }, 200},
    {"§12", "of the highest number of RFC 5766", [](auto& m) { m.channel(0x7ffe).peer(kPeer); }, 200},
    {"§12", "below the range", [](auto& m) { m.channel(0x3fff).peer(kPeer); }, 400},
    {"§12", "of the reserved number", [](auto& m) { m.channel(0x7fff).peer(kPeer); }, 400},
    {"§12", "above all ranges", [](auto& m) { m.channel(0x8000).peer(kPeer); }, 400},
    {"§12", "of the last of all numbers", [](auto& m) { m.channel(0xffff).peer(kPeer); }, 400},
    {"§18.1", "with a short number",
     [](auto& m) { m.attribute(AttributeType::kChannelNumber, octets("@")).peer(kPeer); }, 400},
    {"§12.2", "to port 0", [](auto& m) { m.channel(0x4000).peer({kPeer.ip, 0}); }, 400},
    {"§12.2", "to a denied peer", [](auto& m) { m.channel(0x4000).peer(at("127.0.0.1:80")); }, 403},
    {"§12.2", "to a peer of the other family", [](auto& m) { m.channel(0x4000).peer(kPeer6); }, 443},
};

TEST(ChannelBindCasesTest, EveryCheckAnswersWithItsCode) {
  for (const auto& test : kCases) {
    SCOPED_TRACE(std::string(test.section) + ": a ChannelBind " + test.what);
    TurnWorld world;
    TurnClient client(world);
    EXPECT_EQ(client.allocate().code(), 200);
    EXPECT_EQ(client.request(Method::kChannelBind, test.fill).code(), test.code);
    const auto& peers = client.allocation()->peers;
    EXPECT_EQ(peers.channels().size(), test.code == 200);
    EXPECT_EQ(peers.permissions().size(), test.code == 200);
  }
}

TEST_F(ChannelBindTest, MakesThePermissionToo) {
  EXPECT_EQ(client.bind(0x4000, kPeer).code(), 200);
  EXPECT_TRUE(client.send_indication({kPeer.ip, 9}, octets("x")).to_peer());
}

TEST_F(ChannelBindTest, NumberHasOnePeerAndPeerHasOneNumber) {  // §12.2
  EXPECT_EQ(client.bind(0x4000, kPeer).code(), 200);
  EXPECT_EQ(client.bind(0x4000, kOtherPeer).code(), 400);
  EXPECT_EQ(client.bind(0x4000, {kPeer.ip, 7001}).code(), 400);
  EXPECT_EQ(client.bind(0x4001, kPeer).code(), 400);
  EXPECT_EQ(client.bind(0x4001, {kPeer.ip, 7001}).code(), 200);
  EXPECT_EQ(client.bind(0x4000, kPeer).code(), 200);
}

TEST_F(ChannelBindTest, OfAnotherAllocationIsNoneOfItsBusiness) {
  TurnClient bob(world, "bob", Transport::kUdp, at("198.51.100.2:5000"));
  EXPECT_EQ(bob.allocate().code(), 200);
  EXPECT_EQ(client.bind(0x4000, kPeer).code(), 200);
  EXPECT_EQ(bob.bind(0x4000, kOtherPeer).code(), 200);
  EXPECT_EQ(bob.channel_data(0x4000, octets("x")).peer, kOtherPeer);
}

TEST_F(ChannelBindTest, LastsTenMinutesWhateverBecomesOfThePermission) {
  EXPECT_EQ(client.refresh(3600).code(), 200);
  EXPECT_EQ(client.bind(0x4000, kPeer).code(), 200);
  world.advance(300s);  // the permission is over
  EXPECT_TRUE(client.send_indication(kPeer, octets("x")).nothing());
  EXPECT_TRUE(client.from_peer({kPeer.ip, 9}, octets("x")).nothing());  // another port of the same address
  EXPECT_TRUE(client.icmp(kPeer, {3, 4, 1280}).to_client());
  EXPECT_TRUE(client.icmp({kPeer.ip, 9}, {3, 4, 1280}).nothing());
  world.advance(299s);
  EXPECT_TRUE(client.channel_data(0x4000, octets("x")).to_peer());
  EXPECT_TRUE(client.from_peer(kPeer, octets("x")).is_channel_data());
  world.advance(1s);
  EXPECT_TRUE(client.channel_data(0x4000, octets("x")).nothing());
  EXPECT_EQ(world.dropped(Drop::kNoChannel), 1u);
  EXPECT_TRUE(client.from_peer(kPeer, octets("x")).nothing());
  EXPECT_TRUE(client.icmp(kPeer, {3, 4, 1280}).nothing());
}

TEST_F(ChannelBindTest, PermissionThatOutlivesItsChannelGoesOnByIndications) {
  EXPECT_EQ(client.refresh(3600).code(), 200);
  EXPECT_EQ(client.bind(0x4000, kPeer).code(), 200);
  world.advance(599s);
  EXPECT_EQ(client.permit({kPeer}).code(), 200);
  world.advance(1s);
  EXPECT_TRUE(client.channel_data(0x4000, octets("x")).nothing());
  EXPECT_FALSE(client.from_peer(kPeer, octets("x")).is_channel_data());
}

// aioice, and aiortc with it, refreshes by ChannelBind alone, every 500 s; werift as well. Once they fell
// silent after each 300 s.
TEST_F(ChannelBindTest, IsRefreshedByItselfAlone) {
  EXPECT_EQ(client.bind(0x4000, kPeer).code(), 200);
  for (int second = 5; second <= 3600; second += 5) {  // as aioice sends: consent every five seconds
    world.advance(5s);
    if (second % 500 == 0) {
      EXPECT_EQ(client.refresh(600).code(), 200);
      EXPECT_EQ(client.bind(0x4000, kPeer).code(), 200);
    }
    ASSERT_TRUE(client.channel_data(0x4000, octets("consent")).to_peer()) << second;
    ASSERT_TRUE(client.from_peer(kPeer, octets("consent")).is_channel_data()) << second;
  }
}

TEST_F(ChannelBindTest, NewRulesEndItAtOnceWhateverItsTime) {
  EXPECT_EQ(client.refresh(3600).code(), 200);
  EXPECT_EQ(client.bind(0x4000, kPeer).code(), 200);
  world.advance(400s);
  auto rules = support::lab_policy();
  rules.deny.push_back(PeerRule::parse("192.0.2.7").value());
  world.change_policy(rules);
  EXPECT_TRUE(client.channel_data(0x4000, octets("x")).nothing());
  EXPECT_TRUE(client.from_peer(kPeer, octets("x")).nothing());
}

TEST_F(ChannelBindTest, AgainPutsOffBothEnds) {  // browsers rebind every four minutes
  EXPECT_EQ(client.refresh(3600).code(), 200);
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(client.bind(0x4000, kPeer).code(), 200);
    world.advance(240s);
    EXPECT_TRUE(client.channel_data(0x4000, octets("x")).to_peer());
    EXPECT_TRUE(client.from_peer(kPeer, octets("x")).is_channel_data());
  }
}

TEST_F(ChannelBindTest, NumberRestsFiveMinutesBeforeAnotherPeerMayHaveIt) {  // §12
  EXPECT_EQ(client.refresh(3600).code(), 200);
  EXPECT_EQ(client.bind(0x4000, kPeer).code(), 200);
  world.advance(600s + 299s);
  EXPECT_EQ(client.bind(0x4000, kOtherPeer).code(), 400);
  world.advance(1s);
  EXPECT_EQ(client.bind(0x4000, kOtherPeer).code(), 200);
}

TEST_F(ChannelBindTest, TheSamePeerMayHaveItsNumberBackAtOnce) {
  EXPECT_EQ(client.refresh(3600).code(), 200);
  EXPECT_EQ(client.bind(0x4000, kPeer).code(), 200);
  world.advance(700s);
  EXPECT_EQ(client.bind(0x4000, kPeer).code(), 200);
  EXPECT_TRUE(client.channel_data(0x4000, octets("x")).to_peer());
}

TEST_F(ChannelBindTest,
       OnOurOwnAddressOnlyRelaysArePeers) {  // an SFU beside the relay: once a yes, then silence
  TurnClient bob(world, "bob", Transport::kUdp, at("198.51.100.2:5000"));
  const auto bobs = bob.allocate().relayed()[0];
  const base::Endpoint sfu{bobs.ip, static_cast<uint16_t>(bobs.port ^ 1)};
  EXPECT_EQ(client.bind(0x4000, bobs).code(), 200);
  EXPECT_EQ(client.bind(0x4001, sfu).code(), 403);
  EXPECT_EQ(client.bind(0x4001, {bobs.ip, 8443}).code(), 403);
  EXPECT_EQ(world.rejected(Reject::kOwnService), 2u);
  world.ports.add_relay_elsewhere(sfu);  // of another worker
  EXPECT_EQ(client.bind(0x4001, sfu).code(), 200);
  bob.close();
  EXPECT_EQ(client.bind(0x4000, bobs).code(), 403);
}

TEST_F(ChannelBindTest, ARuleOpensPortsOfOurOwnAddress) {
  auto rules = support::lab_policy();
  rules.allow.push_back(PeerRule::parse("203.0.113.1:8443").value());
  world.change_policy(rules);
  EXPECT_EQ(client.bind(0x4000, at("203.0.113.1:8443")).code(), 200);
  EXPECT_EQ(client.bind(0x4001, at("203.0.113.1:8444")).code(), 403);
  EXPECT_EQ(client.channel_data(0x4000, octets("x")).kind,
            Step::Kind::kHairpin);  // the outbox looks at the rule
}

TEST_F(ChannelBindTest, NeedsTheAllocationAndItsOwner) {
  TurnClient nobody(world, "alice", Transport::kUdp, at("198.51.100.2:5000")), bob(world, "bob");
  EXPECT_EQ(nobody.bind(0x4000, kPeer).code(), 437);
  EXPECT_EQ(bob.bind(0x4000, kPeer).code(), 441);
}

TEST_F(ChannelBindTest, ChannelsAreBounded) {
  WorldOptions options;
  options.server.max_channels = 2;
  TurnWorld capped(options);
  TurnClient greedy(capped);
  EXPECT_EQ(greedy.allocate().code(), 200);
  EXPECT_EQ(greedy.bind(0x4000, at("192.0.2.1:1")).code(), 200);
  EXPECT_EQ(greedy.bind(0x4001, at("192.0.2.1:2")).code(), 200);
  EXPECT_EQ(greedy.bind(0x4002, at("192.0.2.1:3")).code(), 508);
  EXPECT_EQ(greedy.bind(0x4001, at("192.0.2.1:2")).code(), 200);
}

}  // namespace
}  // namespace relay
