// CreatePermission (RFC 8656 §10.2): all peers or none.
#include "tests/relay/fixtures.h"

namespace relay {
namespace {

const base::Endpoint kDenied = at("10.1.1.1:7000");

class CreatePermissionTest : public testing::Test {
 protected:
  CreatePermissionTest() { EXPECT_EQ(client.allocate().code(), 200); }
  size_t permissions() { return client.allocation()->peers.live_permissions(world.clock.steady()); }

  TurnWorld world;
  TurnClient client{world};
};

TEST_F(CreatePermissionTest, LastsThreeHundredSecondsWhateverTheTraffic) {  // §9
  EXPECT_EQ(client.permit({kPeer}).code(), 200);
  world.advance(299s);
  EXPECT_TRUE(client.send_indication(kPeer, octets("x")).to_peer());
  EXPECT_TRUE(client.from_peer(kPeer, octets("x")).to_client());
  world.advance(1s);
  EXPECT_TRUE(client.send_indication(kPeer, octets("x")).nothing());
  EXPECT_TRUE(client.from_peer(kPeer, octets("x")).nothing());
  EXPECT_EQ(world.dropped(Drop::kNoPermission), 2u);
}

TEST_F(CreatePermissionTest, AgainPutsOffTheEnd) {
  EXPECT_EQ(client.permit({kPeer}).code(), 200);
  world.advance(299s);
  EXPECT_EQ(client.permit({kPeer}).code(), 200);
  world.advance(299s);
  EXPECT_TRUE(client.send_indication(kPeer, octets("x")).to_peer());
}

TEST_F(CreatePermissionTest, IsForTheAddressWhateverThePort) {  // §9.1
  EXPECT_EQ(client.permit({{kPeer.ip, 0}}).code(), 200);
  EXPECT_TRUE(client.from_peer({kPeer.ip, 1}, octets("x")).to_client());
  EXPECT_TRUE(client.send_indication({kPeer.ip, 65535}, octets("x")).to_peer());
}

TEST_F(CreatePermissionTest, IsForItsAllocationOnly) {
  TurnClient other(world, "bob", Transport::kUdp, at("198.51.100.2:5000"));
  EXPECT_EQ(other.allocate().code(), 200);
  EXPECT_EQ(other.permit({kPeer}).code(), 200);
  EXPECT_TRUE(client.send_indication(kPeer, octets("x")).nothing());
  EXPECT_TRUE(client.from_peer(kPeer, octets("x")).nothing());
}

class OnlyTheFirstPeer final : public PeerGuard {
 public:
  [[nodiscard]] bool may_permit(std::string_view user, const base::IpAddress& peer) const override {
    return user != "alice" || peer == kPeer.ip;
  }
};

TEST_F(CreatePermissionTest, AGuardSaysWhatAUserMayPermitAndBind) {
  const OnlyTheFirstPeer guard;
  world.server.guard(guard);
  TurnClient other(world, "bob", Transport::kUdp, at("198.51.100.2:5000"));
  EXPECT_EQ(other.allocate().code(), 200);
  EXPECT_EQ(client.permit({kPeer}).code(), 200);
  EXPECT_EQ(client.permit({kPeer, kOtherPeer}).code(), 403);
  EXPECT_EQ(client.bind(0x4000, kOtherPeer).code(), 403);
  EXPECT_EQ(client.bind(0x4000, kPeer).code(), 200);
  EXPECT_EQ(other.permit({kOtherPeer}).code(), 200);
  EXPECT_EQ(world.rejected(Reject::kUnsignalledPeer), 2u);
}

struct PermissionCase {
  const char* what;
  std::vector<base::Endpoint> peers;
  int code;
};

TEST_F(CreatePermissionTest, OneBadPeerSpoilsAll) {
  const PermissionCase cases[] = {{"no peer at all", {}, 400},
                                  {"a denied peer last", {kPeer, kOtherPeer, kDenied}, 403},
                                  {"a denied peer first", {kDenied, kPeer}, 403},
                                  {"a peer of the other family", {kPeer, kPeer6}, 443},
                                  {"two good peers", {kPeer, kOtherPeer}, 200}};
  for (const auto& test : cases) {
    SCOPED_TRACE(test.what);
    const auto answer = client.request(Method::kCreatePermission, [&](auto& m) {
      for (const auto& peer : test.peers) m.peer(peer);
    });
    EXPECT_EQ(answer.code(), test.code);
    EXPECT_EQ(permissions(), test.code == 200 ? test.peers.size() : 0u);
  }
}

TEST_F(CreatePermissionTest, ForAPortOfOurOwnAddressThatCanBeNoRelayIsRefused) {  // an SFU beside the relay
  const base::Endpoint below{ip("203.0.113.1"), support::FakePorts::kFirstPort - 1},
      above{ip("203.0.113.1"), support::FakePorts::kLastPort + 1},
      relay{ip("203.0.113.1"), support::FakePorts::kLastPort};
  EXPECT_EQ(client.permit({below}).code(), 403);
  EXPECT_EQ(client.permit({above}).code(), 403);
  EXPECT_EQ(client.permit({relay, above}).code(), 403);
  EXPECT_EQ(world.rejected(Reject::kOwnService), 3u);
  EXPECT_EQ(permissions(), 0u);
  EXPECT_EQ(client.permit({relay}).code(), 200);  // somebody may have it tomorrow
  EXPECT_EQ(client.permit({{relay.ip, 0}}).code(), 200);
  auto rules = support::lab_policy();
  rules.allow.push_back(PeerRule::parse("203.0.113.1:" + std::to_string(above.port)).value());
  world.change_policy(rules);
  EXPECT_EQ(client.permit({above}).code(), 200);
}

TEST_F(CreatePermissionTest, AddressWithAGarbledFamilyIsBad) {
  const std::array<uint8_t, 8> garbled{0, 9, 1, 2, 3, 4, 5, 6};
  const auto answer = client.request(Method::kCreatePermission, [&](auto& m) {
    m.peer(kPeer).attribute(AttributeType::kXorPeerAddress, garbled);
  });
  EXPECT_EQ(answer.code(), 400);
  EXPECT_EQ(permissions(), 0u);
}

TEST_F(CreatePermissionTest, RefusedRefreshLeavesTheOldEndInPlace) {
  EXPECT_EQ(client.permit({kPeer}).code(), 200);
  world.advance(200s);
  EXPECT_EQ(client.permit({kPeer, kDenied}).code(), 403);
  world.advance(100s);
  EXPECT_EQ(permissions(), 0u);
}

TEST_F(CreatePermissionTest, NeedsTheAllocationAndItsOwner) {
  TurnClient nobody(world, "alice", Transport::kUdp, at("198.51.100.2:5000")), bob(world, "bob");
  EXPECT_EQ(nobody.permit({kPeer}).code(), 437);
  EXPECT_EQ(bob.permit({kPeer}).code(), 441);
  EXPECT_EQ(permissions(), 0u);
}

class CappedPermissionsTest : public testing::Test {
 protected:
  static WorldOptions three() {
    WorldOptions options;
    options.server.max_permissions = 3;
    return options;
  }
  CappedPermissionsTest() { EXPECT_EQ(client.allocate().code(), 200); }
  base::Endpoint peer(int last) { return at("192.0.2." + std::to_string(last) + ":7000"); }
  size_t permissions() { return client.allocation()->peers.live_permissions(world.clock.steady()); }

  TurnWorld world{three()};
  TurnClient client{world};
};

TEST_F(CappedPermissionsTest, OneTooManyIsRefusedWithAllItsCompany) {
  EXPECT_EQ(client.permit({peer(1), peer(2)}).code(), 200);
  EXPECT_EQ(client.permit({peer(3), peer(4)}).code(), 508);
  EXPECT_EQ(permissions(), 2u);
  EXPECT_EQ(client.permit({peer(3)}).code(), 200);
  EXPECT_EQ(client.bind(0x4000, peer(4)).code(), 508);  // makes a permission too
  EXPECT_EQ(client.bind(0x4000, peer(3)).code(), 200);
}

TEST_F(CappedPermissionsTest, RefreshedAndRepeatedOnesDoNotCountTwice) {
  EXPECT_EQ(client.permit({peer(1), peer(1), peer(2), peer(3)}).code(), 200);
  EXPECT_EQ(client.permit({peer(1), peer(2), peer(3)}).code(), 200);
}

TEST_F(CappedPermissionsTest, ExpiredOnesMakeRoom) {
  EXPECT_EQ(client.permit({peer(1), peer(2), peer(3)}).code(), 200);
  world.advance(300s);
  EXPECT_EQ(client.permit({peer(4), peer(5), peer(6)}).code(), 200);
  EXPECT_EQ(permissions(), 3u);
}

}  // namespace
}  // namespace relay
