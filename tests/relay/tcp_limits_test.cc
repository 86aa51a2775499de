// Bounds of TCP relaying, and attacks on it: turn-facts part 3, items 8, 11, 12, 41.
#include <set>

#include "tests/relay/tcp_fixture.h"

namespace relay {
namespace {

class TcpLimitsTest : public TcpRelayTest {
 protected:
  static WorldOptions three() {
    auto options = tcp_on();
    options.server.max_connections_per_allocation = 3;
    options.server.max_connections = 4;
    return options;
  }
  TcpLimitsTest() : TcpRelayTest(three()) {}
  static base::Endpoint peer(int last) { return at("192.0.2." + std::to_string(last) + ":7000"); }
};

TEST_F(TcpLimitsTest, ConnectionsOfOneAllocationAreBounded) {
  EXPECT_EQ(client.permit({peer(9)}).code(), 200);
  for (int i = 1; i <= 3; ++i) EXPECT_EQ(connect(client, peer(i)).code(), Answer::kSilence);
  EXPECT_EQ(connect(client, peer(4)).code(), 508);
  const auto first = outputs<OpenConnection>().at(0).id;
  EXPECT_FALSE(incoming(peer(9)));
  EXPECT_EQ(world.dropped(Drop::kNoRoom), 1u);
  world.server.handle_connect_failed(first);
  EXPECT_TRUE(incoming(peer(9)));
}

TEST_F(TcpLimitsTest, ConnectionsOfAllAreBounded) {
  TurnClient bob(world, "bob", Transport::kTcp, at("198.51.100.2:5000"));
  EXPECT_EQ(allocate(bob).code(), 200);
  for (int i = 1; i <= 3; ++i) EXPECT_EQ(connect(client, peer(i)).code(), Answer::kSilence);
  EXPECT_EQ(connect(bob, peer(1)).code(), Answer::kSilence);
  EXPECT_EQ(connect(bob, peer(2)).code(), 508);
  client.close();
  EXPECT_EQ(connect(bob, peer(2)).code(), Answer::kSilence);
}

class TcpAttack : public TcpRelayTest {};

TEST_F(TcpAttack, Attack8_InnerNetworksAreOutOfReachThroughConnect) {
  for (const auto* inner : {"127.0.0.1:80", "169.254.169.254:80", "10.0.0.2:80", "172.16.0.1:80",
                            "192.168.1.1:80", "100.64.0.1:80", "0.0.0.0:80", "224.0.0.1:80"}) {
    EXPECT_EQ(connect(client, at(inner)).code(), 403) << inner;
  }
  TurnClient ipv6(world, "bob", Transport::kTcp, at("198.51.100.2:5000"));
  EXPECT_EQ(ipv6.request(Method::kAllocate,
                         [](auto& m) { m.transport(stun::kProtocolTcp).family(base::Family::kIpv6); })
                .code(),
            200);
  for (const auto* inner : {"[::1]:80", "[::]:80", "[fe80::1]:80", "[fc00::1]:80", "[64:ff9b::7f00:1]:80",
                            "[2002:7f00:1::]:80", "[::127.0.0.1]:80"}) {
    EXPECT_EQ(connect(ipv6, at(inner)).code(), 403) << inner;
  }
  EXPECT_TRUE(outputs<OpenConnection>().empty());
}

TEST_F(TcpAttack, Attack8_PortsOfThisHostBehindRelayedAddressesAreOutOfReach) {
  TurnClient udp(world, "bob", Transport::kUdp, at("198.51.100.2:5000"));
  EXPECT_EQ(udp.allocate().code(), 200);
  // A relayed address, but of UDP: over TCP something else may listen on that port.
  EXPECT_EQ(connect(client, udp.allocation()->relays[0].relayed).code(), 403);
  EXPECT_EQ(connect(client, udp.allocation()->relays[0].bound).code(), 403);
}

TEST_F(TcpAttack, Attack11_UnpermittedPeersReachNobody) {
  EXPECT_EQ(client.permit({kPeer}).code(), 200);
  EXPECT_FALSE(incoming(kOtherPeer));
  EXPECT_FALSE(world.server.handle_incoming(world.clock.steady(), 12345, kPeer)) << "no such allocation";
  TurnClient udp(world, "bob", Transport::kUdp, at("198.51.100.2:5000"));
  EXPECT_EQ(udp.allocate().code(), 200);
  EXPECT_EQ(udp.permit({kPeer}).code(), 200);
  EXPECT_FALSE(world.server.handle_incoming(world.clock.steady(), udp.allocation()->id, kPeer));
  EXPECT_TRUE(told().empty());
}

TEST_F(TcpAttack, Attack12_AnotherUsersIdLooksLikeAnUnknownOne) {
  const auto id = connected();
  const auto theft = bind(id, "bob"), guess = bind(id ^ 0x5a5a5a5a, "bob");
  EXPECT_EQ(code(theft), 400);
  EXPECT_EQ(code(guess), 400);
  EXPECT_EQ(theft.wire.size(), guess.wire.size());
  EXPECT_EQ(code(bind(id)), 200);
}

TEST_F(TcpAttack, Attack12_GuessingIdsIsHeldToTheBudget) {
  const auto id = connected();
  TurnClient guesser(world, "alice", Transport::kTcp, at("198.51.100.66:5000"));
  int answered = 0;
  for (ConnectionId guess = 0; guess < 1000; ++guess) answered += code(bind_over(guesser, guess)) == 400;
  EXPECT_LE(answered, 100);
  EXPECT_TRUE(bind_over(guesser, id).nothing()) << "without budget not even the right one counts";
  EXPECT_EQ(code(bind(id)), 200) << "and who does not guess is not held up";
}

TEST_F(TcpAttack, Attack12_IdsAreSpreadOverAllBitsAndNameTheirWorker) {
  ConnectionId ones = 0, zeros = 0;
  std::set<ConnectionId> ids;
  const ConnectionIds of_worker{2, 3};
  for (int i = 0; i < 200; ++i) {
    const auto id = of_worker.own(world.random.word<uint32_t>());
    EXPECT_EQ(id % 3, 2u);
    ids.insert(id);
    ones |= id;
    zeros |= ~id;
  }
  EXPECT_EQ(ids.size(), 200u);
  EXPECT_EQ(ones & zeros, UINT32_MAX);
  for (const uint32_t workers : {1u, 2u, 7u, 64u, 32768u}) {
    for (const uint32_t random : {0u, 1u, UINT32_MAX - 1, UINT32_MAX}) {
      EXPECT_EQ((ConnectionIds{workers - 1, workers}.own(random) % workers), workers - 1);
    }
  }
}

TEST_F(TcpAttack, Attack41_UnboundConnectionsDie) {
  EXPECT_EQ(client.permit({kPeer}).code(), 200);
  for (uint16_t port = 1; port <= 100; ++port) (void)incoming({kPeer.ip, port});
  EXPECT_EQ(connections(), ServerOptions().max_connections_per_allocation);
  world.advance(30s);
  EXPECT_EQ(connections(), 0u);
}

class TcpBandwidthTest : public TcpRelayTest {
 protected:
  TcpBandwidthTest() : TcpRelayTest(with_bandwidth(8'000'000)) {}  // a million octets a second
};

TEST_F(TcpBandwidthTest, SlowsDownWhatPassesTheLimit) {
  const auto id = connected();
  EXPECT_EQ(code(bind(id)), 200);
  const auto now = world.clock.steady();
  EXPECT_FALSE(world.server.handle_relayed(now, id, Direction::kToPeer, 200'000));  // within the burst
  const auto wait = world.server.handle_relayed(now, id, Direction::kToPeer, 550'000);
  ASSERT_TRUE(wait);
  EXPECT_EQ(*wait - now, 500ms);
  EXPECT_FALSE(world.server.handle_relayed(now, id, Direction::kToClient, 200'000));  // its own direction
  world.advance(750ms);
  EXPECT_FALSE(world.server.handle_relayed(world.clock.steady(), id, Direction::kToPeer, 250'000));
  EXPECT_EQ(client.allocation()->to_peers.bytes.value(), 1'000'000u);
  EXPECT_EQ(world.counters.tcp.bytes_to_peers.value(), 1'000'000u);
}

TEST_F(TcpBandwidthTest, IsSharedByTheConnectionsOfAnAllocation) {
  const auto first = connected(), second = connected(kOtherPeer);
  const auto now = world.clock.steady();
  EXPECT_TRUE(world.server.handle_relayed(now, first, Direction::kToClient, 1'000'000));
  EXPECT_TRUE(world.server.handle_relayed(now, second, Direction::kToClient, 1));
}

class TcpWorkersTest : public testing::Test {
 protected:
  TcpWorkersTest() { options.server.tcp_relay = true; }
  WorldOptions options;
};

TEST_F(TcpWorkersTest, StreamGoesToTheWorkerOfItsId) {
  TurnWorld world(options);
  Server second(world.clock.steady(), options.server, *world.policies[0], world.credentials, world.ports,
                world.quotas, world.random, world.nonces, world.counters, ConnectionIds{1, 2});
  TurnMessage message(Method::kConnectionBind);
  message.word(AttributeType::kConnectionId, 42);  // of worker 0
  const auto packet = message.bytes();
  ClientPath path{{at("198.51.100.1:5000"), at("198.51.100.254:3478"), Transport::kTcp}, 0};
  const auto ask = [&] {
    return support::keep(second.handle_client(world.clock.now(), path, packet, world.scratch));
  };
  const auto outcome = ask();
  EXPECT_EQ(outcome.kind, Step::Kind::kHandOver);
  EXPECT_EQ(outcome.connection, 42u);
  path.handed_over = true;  // once is enough
  EXPECT_EQ(Answer{ask().wire}.code(), 401);
  path = {path.tuple, 0, false};
  path.tuple.transport = Transport::kUdp;
  EXPECT_EQ(Answer{ask().wire}.code(), 401);
}

}  // namespace
}  // namespace relay
