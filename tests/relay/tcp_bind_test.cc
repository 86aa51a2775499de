// Incoming connections, ConnectionBind and the end of connections (RFC 6062 §5.3 to §5.5).
#include <set>

#include "tests/relay/tcp_fixture.h"

namespace relay {
namespace {

class TcpBindTest : public TcpRelayTest {};

TEST_F(TcpBindTest, PermittedPeerIsAnnounced) {  // §5.3
  EXPECT_EQ(client.permit({kPeer}).code(), 200);
  const base::Endpoint from{kPeer.ip, 33333};  // a permission is for the address
  const auto id = incoming(from);
  ASSERT_TRUE(id);
  const auto tells = outputs<TellClient>();
  ASSERT_EQ(tells.size(), 1u);
  EXPECT_EQ(tells[0].client.tuple, client.path.tuple);
  const Answer attempt{tells[0].message};
  EXPECT_EQ(attempt.message().method(), Method::kConnectionAttempt);
  EXPECT_EQ(attempt.message().message_class(), Class::kIndication);
  EXPECT_EQ(id_in(attempt), *id);
  EXPECT_EQ(attempt.message().xor_address(AttributeType::kXorPeerAddress), from);
  EXPECT_EQ(code(bind(*id)), 200);
}

TEST_F(TcpBindTest, StrangerIsTurnedAwayInSilence) {
  EXPECT_FALSE(incoming(kPeer));
  EXPECT_EQ(client.permit({kPeer}).code(), 200);
  EXPECT_FALSE(incoming(kOtherPeer));
  world.advance(ServerOptions::kPermissionLifetime);
  EXPECT_FALSE(incoming(kPeer));
  EXPECT_TRUE(told().empty());
  EXPECT_EQ(world.dropped(Drop::kNoPermission), 3u);
}

TEST_F(TcpBindTest, PolicyStandsAboveThePermission) {
  EXPECT_EQ(client.permit({kPeer}).code(), 200);
  EXPECT_EQ(client.permit({at("203.0.113.1:1")}).code(), 200);  // relayed addresses may be permitted
  EXPECT_FALSE(incoming(at("203.0.113.1:40000")));              // but this is no relay, it is the host itself
  auto ports_only = support::lab_policy();
  ports_only.deny.push_back(PeerRule::parse("192.0.2.7/32:1-1023").value());
  world.change_policy(ports_only);
  EXPECT_FALSE(incoming({kPeer.ip, 80}));
  EXPECT_TRUE(incoming({kPeer.ip, 8080}));
}

TEST_F(TcpBindTest, ExpiredPermissionLeavesConnections) {
  EXPECT_EQ(client.permit({kPeer}).code(), 200);
  const auto id = incoming(kPeer);
  EXPECT_EQ(code(bind(*id)), 200);
  (void)outputs<TellClient>();
  world.advance(ServerOptions::kPermissionLifetime);
  EXPECT_EQ(connections(), 1u);
  EXPECT_TRUE(outputs<CloseConnection>().empty());
}

TEST_F(TcpBindTest, UnclaimedAfterThirtySecondsIsClosed) {  // §5.2, §5.3
  EXPECT_EQ(client.permit({kOtherPeer}).code(), 200);
  const auto made = connected();
  const auto came = incoming(kOtherPeer);
  world.advance(29s + 999ms);
  EXPECT_TRUE(outputs<CloseConnection>().empty());
  world.advance(1ms);
  EXPECT_EQ(outputs<CloseConnection>().size(), 2u);
  EXPECT_EQ(code(bind(made)), 400);
  EXPECT_EQ(code(bind(*came)), 400);
  EXPECT_EQ(world.counters.tcp.unclaimed.value(), 2u);
  EXPECT_EQ(world.counters.tcp.connections.value(), 0u);
}

TEST_F(TcpBindTest, BoundConnectionsMayIdle) {
  const auto id = connected();
  EXPECT_EQ(code(bind(id)), 200);
  world.advance(500s);
  EXPECT_EQ(connections(), 1u);
}

TEST_F(TcpBindTest, PatienceBeginsWithTheConnection) {
  EXPECT_EQ(connect(client, kPeer).code(), Answer::kSilence);
  const auto id = outputs<OpenConnection>().at(0).id;
  world.advance(25s);
  world.server.handle_connected(world.clock.steady(), id);
  world.advance(25s);
  EXPECT_EQ(code(bind(id)), 200);
}

TEST_F(TcpBindTest, AnswersAndJoins) {  // §5.4
  const auto id = connected();
  const auto outcome = bind(id, "alice", Transport::kTls);
  EXPECT_EQ(outcome.kind, Step::Kind::kJoin);
  EXPECT_EQ(outcome.connection, id);
  EXPECT_EQ(outcome.message().method(), Method::kConnectionBind);
  EXPECT_EQ(code(outcome), 200);
  EXPECT_EQ(stun::check_message_integrity(outcome.message(), client.login.keys().md5), stun::Check::kRight);
}

TEST_F(TcpBindTest, RefusesWhatIsNotThereForTheAsking) {
  const auto id = connected();
  TurnClient other_session(world, "alice", Transport::kTcp, at("198.51.100.1:5001"));
  EXPECT_EQ(other_session.allocate().code(), 200);
  TurnClient stream(world, "alice", Transport::kTcp, at("198.51.100.1:5002"));
  EXPECT_EQ(stream.request(Method::kConnectionBind).code(), 400) << "no id";
  EXPECT_EQ(stream
                .request(Method::kConnectionBind,
                         [](auto& m) { m.attribute(AttributeType::kConnectionId, octets("xyz")); })
                .code(),
            400)
      << "an id of three octets";
  EXPECT_EQ(code(bind_over(stream, id + 1)), 400) << "unknown";
  EXPECT_EQ(code(bind_over(other_session, id)), 437) << "the stream has an allocation";
  EXPECT_EQ(code(bind_over(client, id)), 437) << "the control connection itself";
  EXPECT_EQ(code(bind(id, "alice", Transport::kUdp)), 400);
  EXPECT_EQ(code(bind(id, "alice", Transport::kDtls)), 400);
  EXPECT_EQ(code(bind_over(stream, id)), 200);
  EXPECT_EQ(code(bind(id)), 400) << "bound already";
}

TEST_F(TcpBindTest, OneBeingMadeCannotBeBound) {
  EXPECT_EQ(connect(client, kPeer).code(), Answer::kSilence);
  EXPECT_EQ(code(bind(outputs<OpenConnection>().at(0).id)), 400);
}

TEST_F(TcpBindTest, IsAuthenticatedAsAnyRequest) {
  const auto id = connected();
  TurnClient stream(world, "alice", Transport::kTcp, at("198.51.100.1:5001"));
  TurnMessage bare(Method::kConnectionBind);
  bare.word(AttributeType::kConnectionId, id);
  EXPECT_EQ(stream.ask(bare).code(), 401);
  stream.challenge();
  stream.login.password = "guessed";
  EXPECT_EQ(code(bind_over(stream, id)), 401);
  EXPECT_EQ(code(bind(id)), 200);
}

TEST_F(TcpBindTest, ExpiredCredentialStillBindsForItsAllocation) {
  const auto until = world.clock.wall() + 60s;
  world.credentials.add_expiring("1700000060:carol", "carol", support::password_of("carol"), until);
  TurnClient carol(world, "1700000060:carol", Transport::kTcp, at("198.51.100.3:5000"));
  carol.login.password = support::password_of("carol");
  EXPECT_EQ(allocate(carol).code(), 200);
  world.advance(61s);
  EXPECT_EQ(connect(carol, kPeer).code(), Answer::kSilence);
  const auto id = outputs<OpenConnection>().at(0).id;
  world.server.handle_connected(world.clock.steady(), id);
  TurnClient stream(world, "1700000060:carol", Transport::kTcp, at("198.51.100.3:5001"));
  stream.login = carol.login;
  EXPECT_EQ(code(bind_over(stream, id)), 200);
}

TEST_F(TcpBindTest, AllocationTakesItsConnectionsWithIt) {  // §5.5
  struct {
    const char* what;
    std::function<void()> end;
  } const cases[] = {
      {"Refresh(0)", [&] { EXPECT_EQ(client.refresh(0).code(), 200); }},
      {"expiry", [&] { world.advance(600s); }},
      {"its stream closes", [&] { client.close(); }},
      {"kick", [&] { world.server.kick(client.allocation()->id); }},
      {"kick of the user", [&] { world.server.kick_user("alice"); }},
  };
  for (const auto& test : cases) {
    SCOPED_TRACE(test.what);
    if (!client.is_allocated()) (void)allocate(client);
    const auto bound = connected();
    EXPECT_EQ(code(bind(bound)), 200);
    EXPECT_EQ(connect(client, kOtherPeer).code(), Answer::kSilence);
    const auto pending = outputs<OpenConnection>().at(0).id;
    test.end();
    std::set<ConnectionId> closed;
    for (const auto& output : outputs<CloseConnection>()) closed.insert(output.id);
    EXPECT_EQ(closed, (std::set{bound, pending}));
    EXPECT_EQ(world.counters.tcp.connections.value(), 0u);
    EXPECT_EQ(world.ports.leaked(), 0u);
  }
}

TEST_F(TcpBindTest, OneFamilyEndsWithItsHalf) {
  TurnClient dual(world, "bob", Transport::kTcp, at("198.51.100.2:5000"));
  const auto answer = dual.request(
      Method::kAllocate, [](auto& m) { m.transport(stun::kProtocolTcp).additional(base::Family::kIpv6); });
  ASSERT_EQ(answer.relayed().size(), 2u);
  EXPECT_EQ(connect(dual, kPeer).code(), Answer::kSilence);
  EXPECT_EQ(connect(dual, kPeer6).code(), Answer::kSilence);
  const auto of_ipv6 = outputs<OpenConnection>().at(1).id;
  const auto end_ipv6 = [](auto& m) { m.family(base::Family::kIpv6).lifetime(0); };
  EXPECT_EQ(dual.request(Method::kRefresh, end_ipv6).code(), 200);
  const auto closed = outputs<CloseConnection>();
  ASSERT_EQ(closed.size(), 1u);
  EXPECT_EQ(closed[0].id, of_ipv6);
}

TEST_F(TcpBindTest, PolicyOfAReloadEndsWhatItDenies) {
  const auto denied = connected(kPeer), allowed = connected(kOtherPeer);
  EXPECT_EQ(code(bind(denied)), 200);
  auto options = support::lab_policy();
  options.deny.push_back(PeerRule::parse("192.0.2.7/32").value());
  world.change_policy(options);
  const auto closed = outputs<CloseConnection>();
  ASSERT_EQ(closed.size(), 1u);
  EXPECT_EQ(closed[0].id, denied);
  EXPECT_EQ(code(bind(allowed)), 200);
}

TEST_F(TcpBindTest, ReloadClosesTheHostsOwnPortsAgain) {
  const auto own = at("203.0.113.1:8080");
  auto options = support::lab_policy();
  options.allow.push_back(PeerRule::parse("203.0.113.1/32:8080").value());
  world.change_policy(options);
  const auto id = connected(own);
  EXPECT_EQ(code(bind(id)), 200);
  world.change_policy(support::lab_policy());
  EXPECT_EQ(outputs<CloseConnection>().size(), 1u);
}

TEST_F(TcpBindTest, SessionsTellOfConnections) {
  (void)connected();
  (void)connected(kOtherPeer);
  const auto session = world.server.sessions(world.clock.steady()).at(0);
  EXPECT_TRUE(session.tcp);
  EXPECT_EQ(session.connections, 2u);
}

}  // namespace
}  // namespace relay
