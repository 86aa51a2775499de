// The relay as a way into the operator's network: turn-facts part 3, items 1 to 5, 10, 11. Over every
// transport.
#include "tests/relay/fixtures.h"

namespace relay {
namespace {

// Default policy of a server at 203.0.113.1 and 2001:db8:ffff::1, with nothing allowed by hand.
WorldOptions by_default() {
  WorldOptions options;
  options.peers.allow.clear();
  return options;
}

class ProxyAttack : public testing::TestWithParam<Transport> {
 protected:
  // CreatePermission and ChannelBind are refused, Send relays nothing, and no permission came of it.
  void expect_unreachable(TurnClient& client, const std::string& address) {
    SCOPED_TRACE(address);
    const base::Endpoint peer{ip(address), 80};
    EXPECT_THAT(client.permit({peer}).code(), testing::AnyOf(403, 443));
    EXPECT_THAT(client.bind(0x4000, peer).code(), testing::AnyOf(403, 443));
    EXPECT_TRUE(client.send_indication(peer, octets("x")).nothing());
    EXPECT_TRUE(client.channel_data(0x4000, octets("x")).nothing());
    EXPECT_TRUE(client.allocation()->peers.permissions().empty());
  }
  void expect_all_unreachable(std::initializer_list<const char*> addresses) {
    EXPECT_EQ(ipv4.allocate().code(), 200);
    EXPECT_EQ(dual.allocate([](auto& m) { m.additional(base::Family::kIpv6); }).code(), 200);
    for (const auto* address : addresses) {
      expect_unreachable(ipv4, address);
      expect_unreachable(dual, address);
    }
  }
  TurnWorld world{by_default()};
  TurnClient ipv4{world, "alice", GetParam(), at("198.51.100.1:5000")};
  TurnClient dual{world, "alice", GetParam(), at("198.51.100.1:5001")};
};
INSTANTIATE_TEST_SUITE_P(Every, ProxyAttack, kEveryTransport, name_of_run);

TEST_P(ProxyAttack, Attack01_LoopbackAndUnspecifiedAreNoPeers) {  // CVE-2020-26262
  expect_all_unreachable({"0.0.0.0", "0.1.2.3", "127.0.0.1", "127.255.255.255", "::", "::1"});
}

TEST_P(ProxyAttack, Attack02_MappedAddressesAreNoPeers) {  // CVE-2026-27624
  expect_all_unreachable({"::ffff:127.0.0.1", "::ffff:0.0.0.0", "::ffff:10.0.0.1", "::ffff:169.254.169.254",
                          "::ffff:192.168.0.1", "::ffff:8.8.8.8"});
}

TEST_P(ProxyAttack, Attack03_OtherSpellingsOfIpv4AreNoPeers) {
  expect_all_unreachable({"::127.0.0.1", "::10.0.0.1", "2002:7f00:1::", "2002:a00:1::1", "64:ff9b::127.0.0.1",
                          "64:ff9b::10.0.0.1", "64:ff9b:1::127.0.0.1", "2001::f5ff:fffe",
                          "2a00::5efe:127.0.0.1", "2a00::200:5efe:10.0.0.1"});
}

TEST_P(ProxyAttack, Attack04_LinkLocalUniqueLocalAndMetadataAreNoPeers) {
  expect_all_unreachable(
      {"169.254.169.254", "169.254.0.1", "fd00:ec2::254", "fe80::1", "fec0::1", "fc00::1"});
}

TEST_P(ProxyAttack, Attack05_EveryPrivateNetworkEndsWhereItsPrefixEnds) {
  expect_all_unreachable({"10.0.0.0", "10.255.255.255", "172.16.0.0", "172.31.255.255", "192.168.0.0",
                          "192.168.255.255", "100.64.0.0", "100.127.255.255"});
  EXPECT_EQ(
      ipv4.permit({at("11.0.0.0:1"), at("172.32.0.0:1"), at("192.169.0.0:1"), at("100.128.0.0:1")}).code(),
      200);
}

TEST_P(ProxyAttack, Attack07_ServersOwnAddressesAreReachedInsideOnly) {
  expect_all_unreachable({"10.0.0.1"});  // bound behind 1:1 NAT
  const auto listener = at("203.0.113.1:443");
  EXPECT_EQ(ipv4.permit({listener}).code(), 403);
  EXPECT_EQ(ipv4.permit({{listener.ip, 0}}).code(), 200);  // it is a relayed address
  EXPECT_EQ(ipv4.send_indication(listener, octets("GET /")).kind, Step::Kind::kHairpin);
}

TEST_P(ProxyAttack, Attack10_NewPolicyClosesWhatIsOpen) {
  const auto peer = at("9.9.9.9:7000");
  EXPECT_EQ(ipv4.allocate().code(), 200);
  EXPECT_EQ(ipv4.bind(0x4000, peer).code(), 200);
  auto stricter = by_default().peers;
  stricter.deny.push_back(PeerRule::parse("9.0.0.0/8").value());
  world.change_policy(stricter);
  EXPECT_TRUE(ipv4.channel_data(0x4000, octets("x")).nothing());
  EXPECT_TRUE(ipv4.send_indication(peer, octets("x")).nothing());
  EXPECT_TRUE(ipv4.from_peer(peer, octets("x")).nothing());
  EXPECT_EQ(ipv4.bind(0x4000, peer).code(), 403);  // a renewal is judged like the first
}

TEST_P(ProxyAttack, Attack11_PeersWithoutPermissionReachNoClient) {
  EXPECT_EQ(ipv4.allocate().code(), 200);
  EXPECT_EQ(ipv4.permit({at("9.9.9.9:7000")}).code(), 200);
  EXPECT_TRUE(ipv4.from_peer(at("9.9.9.9:1"), octets("x")).to_client());
  for (const auto* stranger :
       {"9.9.9.8:7000", "[2606:4700::1]:7000", "127.0.0.1:7000", "203.0.113.1:50000"}) {
    EXPECT_TRUE(ipv4.from_peer(at(stranger), octets("x")).nothing()) << stranger;
  }
}

TEST(ForgedSourceAttack, Attack48_PlainDatagramsDoNotReachADtlsAllocation) {  // nor the other way round
  for (const auto& [owner, intruder] :
       {std::pair(Transport::kDtls, Transport::kUdp), std::pair(Transport::kUdp, Transport::kDtls)}) {
    TurnWorld world;
    TurnClient client(world, "alice", owner);
    EXPECT_EQ(client.allocate().code(), 200);
    EXPECT_EQ(client.bind(0x4000, kPeer).code(), 200);
    TurnClient forged(world, "alice", intruder, client.path.tuple.client);
    EXPECT_TRUE(forged.channel_data(0x4000, octets("x")).nothing());
    EXPECT_TRUE(forged.send_indication(kPeer, octets("x")).nothing());
    EXPECT_EQ(world.dropped(Drop::kNoAllocation), 2u);
    EXPECT_EQ(forged.refresh(0).code(), 437);
    EXPECT_TRUE(client.channel_data(0x4000, octets("x")).to_peer());
  }
}

}  // namespace
}  // namespace relay
