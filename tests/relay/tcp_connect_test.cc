// Allocate for TCP and Connect (RFC 6062 §5.1, §5.2).
#include "tests/relay/tcp_fixture.h"

namespace relay {
namespace {

class TcpConnectTest : public TcpRelayTest {};

struct AllocateCase {
  const char* what;
  Transport transport;
  TurnClient::Fill fill;
  int code;
};

TEST(TcpAllocateTest, IsForStreamsAndWithoutWishesOfUdp) {  // §5.1
  WorldOptions options;
  options.server.tcp_relay = true;
  TurnWorld world(options);
  const std::array<uint8_t, 8> token{};
  const AllocateCase cases[] = {
      {"over UDP", Transport::kUdp, {}, 400},
      {"over DTLS", Transport::kDtls, {}, 400},
      {"EVEN-PORT", Transport::kTcp, [](auto& m) { m.even_port(false); }, 400},
      {"RESERVATION-TOKEN", Transport::kTcp, [&](auto& m) { m.token(token); }, 400},
      {"DONT-FRAGMENT", Transport::kTcp, [](auto& m) { m.attribute(AttributeType::kDontFragment); }, 400},
      {"over TCP", Transport::kTcp, {}, 200},
      {"over TLS, IPv6", Transport::kTls, [](auto& m) { m.family(base::Family::kIpv6); }, 200},
      {"over TLS, both", Transport::kTls, [](auto& m) { m.additional(base::Family::kIpv6); }, 200},
  };
  uint16_t port = 5000;
  for (const auto& test : cases) {
    SCOPED_TRACE(test.what);
    TurnClient client(world, "alice", test.transport, {ip("198.51.100.1"), port++});
    const auto answer = client.request(Method::kAllocate, [&](auto& m) {
      m.transport(stun::kProtocolTcp);
      if (test.fill) test.fill(m);
    });
    EXPECT_EQ(answer.code(), test.code);
    EXPECT_EQ(client.is_allocated(), test.code == 200);
  }
}

TEST(TcpAllocateTest, IsUnsupportedWhereSwitchedOff) {
  TurnWorld world;
  TurnClient client(world, "alice", Transport::kTcp);
  const auto over_tcp = [](auto& m) { m.transport(stun::kProtocolTcp); };
  EXPECT_EQ(client.request(Method::kAllocate, over_tcp).code(), 442);
}

TEST(TcpAllocateTest, CountsAgainstTheQuotasOfUdp) {
  WorldOptions options;
  options.server.tcp_relay = true;
  options.quotas.per_user = 1;
  TurnWorld world(options);
  TurnClient udp(world), tcp(world, "alice", Transport::kTcp, at("198.51.100.1:5001"));
  EXPECT_EQ(udp.allocate().code(), 200);
  EXPECT_EQ(tcp.request(Method::kAllocate, [](auto& m) { m.transport(6); }).code(), 486);
}

TEST_F(TcpConnectTest, HasNoChannelsAndNoIndications) {
  EXPECT_EQ(client.permit({kPeer}).code(), 200);
  EXPECT_EQ(client.bind(0x4000, kPeer).code(), 403);
  EXPECT_TRUE(client.send_indication(kPeer, octets("x")).nothing());
}

TEST_F(TcpConnectTest, GetsNoDatagramsOfOtherAllocationsEither) {
  TurnClient bob(world, "bob", Transport::kUdp, at("198.51.100.2:5000"));
  const auto relayed = client.allocation()->relays[0].relayed;
  EXPECT_EQ(bob.allocate().code(), 200);
  EXPECT_EQ(bob.permit({relayed}).code(), 200);
  EXPECT_EQ(client.permit({bob.allocation()->relays[0].relayed}).code(), 200);
  EXPECT_TRUE(bob.send_indication(relayed, octets("x")).nothing());
}

TEST_F(TcpConnectTest, OpensFromTheRelayedAddressAndAnswersOnceConnected) {
  EXPECT_EQ(connect(client, kPeer).code(), Answer::kSilence);
  const auto opened = outputs<OpenConnection>();
  ASSERT_EQ(opened.size(), 1u);
  EXPECT_EQ(opened[0].local, client.allocation()->relays[0].bound);
  EXPECT_EQ(opened[0].remote, kPeer);
  world.server.handle_connected(world.clock.steady(), opened[0].id);
  const auto answers = told();
  ASSERT_EQ(answers.size(), 1u);
  EXPECT_EQ(answers[0].message().method(), Method::kConnect);
  EXPECT_EQ(answers[0].code(), 200);
  EXPECT_EQ(id_in(answers[0]), opened[0].id);
  EXPECT_EQ(stun::check_message_integrity(answers[0].message(), client.login.keys().md5),
            stun::Check::kRight);
}

TEST_F(TcpConnectTest, AnswersWithWhatTheRequestHadWheneverThatIs) {
  TurnMessage message(Method::kConnect, 77);
  message.peer(kPeer).sign_sha256(client.login);
  message.fingerprint();
  EXPECT_EQ(client.ask(message).code(), Answer::kSilence);
  world.server.handle_connect_failed(outputs<OpenConnection>().at(0).id);
  const auto answer = told().at(0);
  EXPECT_EQ(answer.code(), 447);
  EXPECT_EQ(answer.message().transaction(), support::transaction_of(77));
  EXPECT_EQ(stun::check_message_integrity_sha256(answer.message(), client.login.keys().sha256),
            stun::Check::kRight);
  EXPECT_EQ(stun::check_fingerprint(answer.message()), stun::Check::kRight);
}

TEST_F(TcpConnectTest, NeedsNoPermissionAndMakesNone) {  // §5.2 names none
  (void)connected();
  EXPECT_EQ(client.allocation()->peers.live_permissions(world.clock.steady()), 0u);
  EXPECT_FALSE(incoming({kPeer.ip, 1234}));
}

struct ConnectCase {
  const char* what;
  std::function<void(TurnMessage&)> fill;
  int code;
};

TEST_F(TcpConnectTest, RefusesWhatTheRfcAndThePolicyRefuse) {
  const std::array<uint8_t, 8> garbled{0, 9, 1, 2, 3, 4, 5, 6};
  const ConnectCase cases[] = {
      {"no peer", [](auto&) {}, 400},
      {"garbled peer", [&](auto& m) { m.attribute(AttributeType::kXorPeerAddress, garbled); }, 400},
      {"port 0", [](auto& m) { m.peer({kPeer.ip, 0}); }, 400},
      {"other family", [](auto& m) { m.peer(kPeer6); }, 443},
      {"private", [](auto& m) { m.peer(kDenied); }, 403},
      {"loopback", [](auto& m) { m.peer(at("127.0.0.1:80")); }, 403},
      {"metadata", [](auto& m) { m.peer(at("169.254.169.254:80")); }, 403},
      {"this host", [](auto& m) { m.peer(at("10.0.0.1:22")); }, 403},
      {"this host as advertised", [](auto& m) { m.peer(at("203.0.113.1:22")); }, 403},
  };
  for (const auto& test : cases) {
    SCOPED_TRACE(test.what);
    EXPECT_EQ(client.request(Method::kConnect, test.fill).code(), test.code);
    EXPECT_TRUE(outputs<OpenConnection>().empty());
    EXPECT_EQ(connections(), 0u);
  }
}

TEST_F(TcpConnectTest, NeedsAnAllocationForTcpAndItsOwner) {
  TurnClient nobody(world, "alice", Transport::kTcp, at("198.51.100.1:5001"));
  TurnClient bob(world, "bob", Transport::kTcp, at("198.51.100.1:5000"));
  TurnClient udp(world, "alice", Transport::kTcp, at("198.51.100.1:5002"));
  EXPECT_EQ(udp.allocate().code(), 200);
  EXPECT_EQ(connect(nobody, kPeer).code(), 437);
  EXPECT_EQ(connect(bob, kPeer).code(), 441);
  EXPECT_EQ(connect(udp, kPeer).code(), 437);
}

TEST_F(TcpConnectTest, OneConnectionToAPeerAtATime) {  // 446
  EXPECT_EQ(connect(client, kPeer).code(), Answer::kSilence);
  const auto id = outputs<OpenConnection>().at(0).id;
  EXPECT_EQ(connect(client, kPeer).code(), 446);  // being made
  world.server.handle_connected(world.clock.steady(), id);
  EXPECT_EQ(connect(client, kPeer).code(), 446);  // unbound
  EXPECT_EQ(code(bind(id)), 200);
  EXPECT_EQ(connect(client, kPeer).code(), 446);                          // in use
  EXPECT_EQ(connect(client, {kPeer.ip, 7001}).code(), Answer::kSilence);  // another port is another peer
  world.server.handle_connection_closed(id);
  EXPECT_EQ(connect(client, kPeer).code(), Answer::kSilence);
}

TEST_F(TcpConnectTest, PipelinedRequestsAreServedMeanwhile) {
  EXPECT_EQ(connect(client, kPeer).code(), Answer::kSilence);
  EXPECT_EQ(connect(client, kOtherPeer).code(), Answer::kSilence);
  EXPECT_EQ(client.refresh().code(), 200);
  const auto opened = outputs<OpenConnection>();
  ASSERT_EQ(opened.size(), 2u);
  world.server.handle_connected(world.clock.steady(), opened[1].id);  // the second is faster
  world.server.handle_connect_failed(opened[0].id);
  const auto answers = told();
  ASSERT_EQ(answers.size(), 2u);
  EXPECT_EQ(answers[0].code(), 200);
  EXPECT_EQ(answers[1].code(), 447);
}

TEST_F(TcpConnectTest, FailureMakesRoomForAnotherTry) {
  EXPECT_EQ(connect(client, kPeer).code(), Answer::kSilence);
  const auto id = outputs<OpenConnection>().at(0).id;
  world.server.handle_connect_failed(id);
  EXPECT_EQ(told().at(0).code(), 447);
  world.server.handle_connected(world.clock.steady(), id);  // too late to mean anything
  EXPECT_TRUE(told().empty());
  EXPECT_EQ(connections(), 0u);
  (void)connected();
}

TEST_F(TcpConnectTest, TimesOutAfterThirtySeconds) {
  EXPECT_EQ(connect(client, kPeer).code(), Answer::kSilence);
  const auto id = outputs<OpenConnection>().at(0).id;
  world.advance(29s + 999ms);
  EXPECT_TRUE(told().empty());
  world.advance(1ms);
  const auto told = world.server.poll_output();
  const auto closed = world.server.poll_output();
  ASSERT_TRUE(told && closed);
  EXPECT_EQ(Answer{std::get<TellClient>(*told).message}.code(), 447);
  EXPECT_EQ(std::get<CloseConnection>(*closed).id, id);
  EXPECT_EQ(world.counters.tcp.failed.value(), 1u);
}

TEST_F(TcpConnectTest, BetweenTwoClientsGoesToWhereTheOtherIsBound) {
  TurnClient bob(world, "bob", Transport::kTcp, at("198.51.100.2:5000"));
  EXPECT_EQ(allocate(bob).code(), 200);
  const auto& of_bob = bob.allocation()->relays[0];
  EXPECT_EQ(connect(client, of_bob.relayed).code(), Answer::kSilence);
  EXPECT_EQ(outputs<OpenConnection>().at(0).remote, of_bob.bound);
  // Bob hears of alice by the address that she told him.
  const auto& of_alice = client.allocation()->relays[0];
  EXPECT_EQ(bob.permit({of_alice.relayed}).code(), 200);
  const auto id = world.server.handle_incoming(world.clock.steady(), bob.allocation()->id, of_alice.bound);
  ASSERT_TRUE(id);
  EXPECT_EQ(told().at(0).message().xor_address(AttributeType::kXorPeerAddress), of_alice.relayed);
}

TEST_F(TcpConnectTest, NeverToItself) {
  EXPECT_EQ(connect(client, client.allocation()->relays[0].relayed).code(), 403);
  EXPECT_EQ(connect(client, client.allocation()->relays[0].bound).code(), 403);
}

TEST_F(TcpConnectTest, SwitchedOffMeansNoNewConnections) {
  const auto id = connected();
  EXPECT_EQ(code(bind(id)), 200);
  EXPECT_EQ(client.permit({kOtherPeer}).code(), 200);
  world.server.change_options({});
  EXPECT_EQ(connect(client, kOtherPeer).code(), 403);
  EXPECT_FALSE(incoming(kOtherPeer));
  EXPECT_EQ(connections(), 1u);  // what carries data goes on
}

}  // namespace
}  // namespace relay
