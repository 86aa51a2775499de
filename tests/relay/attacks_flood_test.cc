// Exhaustion, reflection and loops: turn-facts part 3, items 34 to 38 and 50. Over every transport.
#include "tests/relay/fixtures.h"

namespace relay {
namespace {

class FloodAttack : public testing::TestWithParam<Transport> {
 protected:
  TurnWorld world;
  TurnClient client{world, "alice", GetParam()};
};
INSTANTIATE_TEST_SUITE_P(Every, FloodAttack, kEveryTransport, name_of_run);

struct Amplification {
  const char* what;
  std::function<void(TurnMessage&)> fill;
  Method method;
  double most;
};

TEST_P(FloodAttack, Attack34_AnswersToStrangersAreSmall) {
  const Amplification cases[] = {
      {"Binding", [](auto&) {}, Method::kBinding, 1.6},
      {"Binding with FINGERPRINT", [](auto& m) { m.fingerprint(); }, Method::kBinding, 1.6},
      {"Binding with an unknown attribute", [](auto& m) { m.attribute(uint16_t{0x7f00}); }, Method::kBinding,
       1.6},
      {"Binding with CHANGE-REQUEST", [](auto& m) { m.word(AttributeType::kChangeRequest, 6); },
       Method::kBinding, 1.6},
      {"Allocate", [](auto& m) { m.transport(); }, Method::kAllocate, 4},
      {"Refresh", [](auto&) {}, Method::kRefresh, 5.5},
      {"integrity without a name", [](auto& m) { m.integrity({}); }, Method::kAllocate, 1},
  };
  for (const auto& test : cases) {
    TurnMessage message(test.method);
    test.fill(message);
    const auto answer = client.ask(message);
    // Words only where nothing can be forged.
    const auto reply = answer.message();
    const auto* error = reply.find(AttributeType::kErrorCode);
    const size_t words = GetParam() != Transport::kUdp && error ? error->value.size() : 0;
    const double factor = double(answer.bytes.size() - words) / double(message.bytes().size());
    EXPECT_LE(factor, test.most) << test.what;
    RecordProperty(std::string("factor of ") + test.what, std::to_string(factor));
  }
}

TEST_P(FloodAttack, Attack34_StrangersAreAnsweredByBudget) {
  for (const auto method : {Method::kBinding, Method::kAllocate}) {
    world.advance(10s);
    int answered = 0;
    for (uint16_t port = 1; port <= 1000; ++port) {  // the budget is the address's, not the port's
      client.path.tuple.client.port = port;
      answered += client.ask(TurnMessage(method).transport()).code() != Answer::kSilence;
    }
    EXPECT_EQ(answered, 100);
  }
}

TEST_P(FloodAttack, Attack34_SourcesThatNobodyHasAreNotAnswered) {
  const auto server = client.path.tuple.server;
  for (const auto& source :
       {at("198.51.100.1:0"), server, at("0.0.0.0:5000"), at("224.0.0.1:5000"), at("239.1.2.3:5000"),
        at("255.255.255.255:5000"), at("[::]:5000"), at("[ff02::1]:5000")}) {
    client.path.tuple.client = source;
    EXPECT_EQ(client.ask(TurnMessage(Method::kBinding)).code(), Answer::kSilence) << source.to_string();
    EXPECT_EQ(client.ask(TurnMessage(Method::kAllocate).transport()).code(), Answer::kSilence);
  }
}

TEST_P(FloodAttack, Attack35_OnlyRequestsAreAnswered) {  // two servers would bounce errors for ever
  for (const auto method : {Method::kBinding, Method::kAllocate, Method::kSend, Method::kData}) {
    for (const auto kind : {Class::kIndication, Class::kSuccess, Class::kError}) {
      EXPECT_TRUE(client.send(TurnMessage(method, kind).transport().bytes()).wire.empty());
    }
  }
}

TEST_P(FloodAttack,
       Attack35_ListenerIsNoPeerOnTheNetwork) {  // neither own address leads back to the listener
  EXPECT_EQ(client.allocate().code(), 200);
  EXPECT_EQ(client.permit({at("10.0.0.1:3478")}).code(), 403);
  EXPECT_EQ(client.permit({at("203.0.113.1:3478")}).code(), 403);
  EXPECT_EQ(client.bind(0x4000, at("203.0.113.1:3478")).code(), 403);
  EXPECT_EQ(client.permit({at("203.0.113.1:0")}).code(), 200);
  EXPECT_EQ(client.send_indication(at("203.0.113.1:3478"), octets("x")).kind, Step::Kind::kHairpin);
}

TEST_P(FloodAttack, Attack36_OneCredentialCannotExhaustTheServer) {
  WorldOptions options;
  options.quotas = {.per_user = 12, .per_source = 100, .in_all = 50};
  TurnWorld small(options);
  std::vector<std::unique_ptr<TurnClient>> clients;
  std::map<int, int> codes;
  for (uint16_t port = 1; port <= 100; ++port) {
    const base::Endpoint from{base::IpAddress::v4(0xc6336400u + port), port};
    clients.push_back(std::make_unique<TurnClient>(small, port % 2 ? "alice" : "bob", GetParam(), from));
    ++codes[clients.back()->allocate().code()];
    ASSERT_LE(small.quotas.of_user("alice"), 12u);
  }
  EXPECT_EQ(codes, (std::map<int, int>{{200, 24}, {486, 76}}));
  EXPECT_EQ(clients[0]->refresh(0).code(), 200);
  EXPECT_EQ(clients[2]->is_allocated(), true);
  clients[2]->close();
  small.server.kick(clients[4]->allocation()->id);
  EXPECT_EQ(small.quotas.in_all(), 21u);
  EXPECT_EQ(small.quotas.of_user("alice"), 12u);  // three ports rest
  small.advance(30s);
  EXPECT_EQ(small.quotas.of_user("alice"), 9u);
  small.advance(570s);
  EXPECT_EQ(small.quotas.in_all(), 0u);
  EXPECT_EQ(small.ports.opened(), 0u);
}

TEST_P(FloodAttack, Attack54_WhoAllocatesAndReleasesInTurnGetsNoMoreThanHisQuota) {
  WorldOptions options;
  options.quotas = {.per_user = 12, .per_source = 100};
  TurnWorld small(options);
  const TurnClient::Fill variants[] = {[](auto&) {}, [](auto& m) { m.even_port(true); },
                                       [](auto& m) { m.additional(base::Family::kIpv6); }};
  for (const auto& variant : variants) {
    TurnClient churner(small, "alice", GetParam());
    std::map<int, int> codes;
    for (int i = 0; i < 100; ++i) {
      ++codes[churner.allocate(variant).code()];
      churner.refresh(0);
      ASSERT_LE(small.quotas.of_user("alice"), 12u);
    }
    EXPECT_LE(codes[200], 12);
    EXPECT_EQ(codes[200] + codes[486], 100);
    TurnClient bob(small, "bob", GetParam(), at("198.51.100.2:5000"));
    EXPECT_EQ(bob.allocate().code(), 200);
    bob.close();
    for (int i = 0; i < 2; ++i) small.advance(30s);  // what was reserved rests after it
    EXPECT_EQ(small.quotas.of_user("alice") + small.quotas.of_user("bob"), 0u);
    EXPECT_EQ(small.ports.leaked() + small.ports.reserved() + small.ports.opened(), 0u);
  }
}

TEST_P(FloodAttack, Attack37_NoVariantOfAllocateLosesAPort) {
  client.challenge();
  std::vector<uint8_t> token(8, 9);
  const TurnClient::Fill variants[] = {
      [](auto&) {},
      [](auto& m) { m.even_port(false); },
      [](auto& m) { m.even_port(true); },
      [](auto& m) { m.even_port(false).additional(base::Family::kIpv6); },
      [&](auto& m) { m.token(token); },
      [](auto& m) { m.family(base::Family::kIpv6).even_port(false); },
  };
  for (int i = 0; i < 300; ++i) {
    const auto answer = client.allocate(variants[i % std::size(variants)]);
    if (answer.code() == 200 && answer.has(AttributeType::kReservationToken) && i % 4 == 0) {
      token = support::copy_of(answer.message().find(AttributeType::kReservationToken)->value);
    }
    EXPECT_EQ(client.refresh(0).code(), answer.code() == 200 ? 200 : 437);
    world.advance(1s);
    ASSERT_EQ(world.ports.leaked(), 0u);
    ASSERT_EQ(world.ports.opened(), 0u);
  }
}

TEST_P(FloodAttack, Attack38_PermissionsOfOneAllocationAreBounded) {
  EXPECT_EQ(client.allocate().code(), 200);
  int refused = 0;
  for (uint32_t i = 0; i < 60; ++i) {
    const auto answer = client.request(Method::kCreatePermission, [&](auto& m) {
      for (uint32_t j = 0; j < 20; ++j) m.peer({base::IpAddress::v4(0x0b000000 + i * 20 + j), 1});
    });
    refused += answer.code() == 508;
    ASSERT_LE(client.allocation()->peers.permissions().size(), 1024u);
  }
  EXPECT_EQ(refused, 60 - 1024 / 20);
}

TEST_P(FloodAttack, Attack50_FreedPortRestsBeforeAnybodyGetsIt) {
  std::map<uint16_t, base::TimePoint> freed;
  for (int i = 0; i < 2000; ++i) {
    const auto answer = client.allocate();
    if (answer.code() == 200) {
      const auto port = answer.relayed()[0].port;
      ASSERT_TRUE(!freed.contains(port) || world.clock.steady() - freed[port] >= PortPool::kRest);
      EXPECT_EQ(client.refresh(0).code(), 200);
      freed[port] = world.clock.steady();
    }
    world.advance(200ms);
  }
  EXPECT_GT(freed.size(), 200u);
}

}  // namespace
}  // namespace relay
