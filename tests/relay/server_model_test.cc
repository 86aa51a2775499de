// Thousands of random requests, right and wrong, against a second and simpler server.
#include "tests/relay/reference_model.h"

namespace relay {
namespace {

const base::Endpoint kPeers[] = {at("192.0.2.1:1"), at("192.0.2.1:2"),      at("192.0.2.2:1"),
                                 at("192.0.2.3:1"), at("192.0.2.4:1"),      at("192.0.2.5:0"),
                                 at("10.0.0.9:1"),  at("[2001:db8:9::1]:1")};
constexpr uint16_t kNumbers[] = {0x4000, 0x4001, 0x5002, 0x7ffe, 0x3fff, 0x7fff};
constexpr int kClients = 6;

class ServerModel : public testing::TestWithParam<uint64_t> {
 protected:
  static WorldOptions options() {
    WorldOptions options{.quotas = {.per_user = 3, .per_source = 0, .in_all = 4},
                         .nonce_lifetime = 1'000'000'000s};
    options.server.max_permissions = 4;
    options.server.max_channels = 3;
    options.server.unauthenticated_replies_per_second = 0;
    return options;
  }
  ServerModel() {
    for (int i = 0; i < kClients; ++i) {
      const base::Endpoint from{ip("198.51.100.1"), static_cast<uint16_t>(5000 + i)};
      clients.push_back(std::make_unique<TurnClient>(world, "alice", Transport(i % 4), from));
      clients.back()->challenge();
    }
  }

  template <typename Table>
  const auto& any_of(const Table& table) {
    return table[random.below(std::size(table))];
  }

  void step() {
    const int who = static_cast<int>(random.below(kClients));
    auto& client = *clients[who];
    const std::string user = random.below(5) == 0 ? "bob" : who % 2 ? "alice" : "bob";
    const bool knows_password = random.below(20) != 0;
    client.login.username = user;
    client.login.password = knows_password ? support::password_of(user) : "guessed";
    if (!knows_password) return expect(401, request_anything(client));
    switch (random.below(10)) {
      case 0:
        return allocate(who, user);
      case 1:
        return refresh(who, user);
      case 2:
      case 3:
        return permit(who, user);
      case 4:
      case 5:
        return bind(who, user);
      case 6:
        return send(who);
      case 7:
        return receive(who);
      case 8:
        return pass_time();
      default:
        return random.below(10) ? send(who) : end(who);
    }
  }

  void expect(int code, const Answer& answer) { ASSERT_EQ(answer.code(), code); }
  Answer request_anything(TurnClient& client) {
    return random.below(2) ? client.refresh(0) : client.permit({any_of(kPeers)});
  }
  void allocate(int who, const std::string& user) {
    const bool claims = !tokens.empty() && random.below(3) == 0;
    const bool reserves = !claims && random.below(3) == 0;
    const auto token = claims ? any_of(tokens) : std::vector<uint8_t>();
    const auto answer = clients[who]->allocate([&](auto& m) {
      if (claims) m.token(token);
      if (reserves) m.even_port(true);
    });
    expect(claims ? model.claim(who, user, token) : model.allocate(who, user, reserves), answer);
    if (!reserves || answer.code() != 200) return;
    tokens.push_back(support::copy_of(answer.message().find(AttributeType::kReservationToken)->value));
    model.reserve(tokens.back(), user);
  }
  void refresh(int who, const std::string& user) {
    const uint32_t lifetime = random.below(3) ? static_cast<uint32_t>(random.below(5000)) : 0;
    expect(model.refresh(who, user, lifetime), clients[who]->refresh(lifetime));
  }
  void permit(int who, const std::string& user) {
    std::vector<base::Endpoint> peers(random.below(3));
    for (auto& peer : peers) peer = any_of(kPeers);
    const auto answer = clients[who]->request(Method::kCreatePermission, [&](auto& m) {
      for (const auto& peer : peers) m.peer(peer);
    });
    expect(model.permit(who, user, peers), answer);
  }
  void bind(int who, const std::string& user) {
    const auto number = any_of(kNumbers);
    const auto& peer = any_of(kPeers);
    expect(model.bind(who, user, number, peer), clients[who]->bind(number, peer));
  }
  void send(int who) {
    const auto number = any_of(kNumbers);
    const auto& peer = any_of(kPeers);
    const auto by_channel = clients[who]->channel_data(number, octets("x"));
    ASSERT_EQ(by_channel.to_peer(), model.peer_of(who, number).has_value());
    ASSERT_TRUE(by_channel.nothing() || by_channel.peer == model.peer_of(who, number));
    const auto by_name = clients[who]->send_indication(peer, octets("x"));
    ASSERT_EQ(by_name.to_peer(), model.is_permitted(who, peer.ip) && peer.port != 0);
  }
  void receive(int who) {
    if (!model.allocations.contains(who)) return;
    const auto& peer = any_of(kPeers);
    const auto outcome = clients[who]->from_peer(peer, octets("x"));
    ASSERT_EQ(outcome.to_client(), model.passes(who, peer));
    std::optional<uint16_t> number;
    for (const auto candidate : kNumbers) {
      if (model.peer_of(who, candidate) == peer) number = candidate;
    }
    ASSERT_EQ(outcome.is_channel_data(), number.has_value());
    ASSERT_TRUE(!number || base::load_be16(outcome.wire.data()) == *number);
  }
  void end(int who) {
    if (random.below(2)) {
      clients[who]->close();
    } else if (const auto* allocation = clients[who]->allocation()) {
      ASSERT_TRUE(world.server.kick(allocation->id));
    }
    model.end(who);
  }
  void pass_time() {
    world.advance(std::chrono::seconds(random.below(random.below(4) ? 20 : 400)));
    model.pass_to(world.clock.steady());
  }

  void expect_agreement() {
    const size_t alive = model.allocations.size();
    ASSERT_EQ(world.server.allocation_count(), alive);
    ASSERT_EQ(world.ports.opened(), alive);
    ASSERT_EQ(world.ports.leaked(), 0u);
    ASSERT_EQ(world.ports.reserved(), model.reservations.size());
    ASSERT_EQ(world.quotas.in_all(), alive);
    ASSERT_EQ(world.gauge(), alive);
    for (const auto* user : {"alice", "bob"}) ASSERT_EQ(world.quotas.of_user(user), model.count_of(user));
    ASSERT_EQ(world.server.poll_timeout().has_value(), alive > 0);
    for (const auto& session : world.server.sessions(world.clock.steady())) {
      const auto& expected = model.allocations.at(session.client.client.port - 5000);
      ASSERT_EQ(session.permissions, expected.permissions.size());
      ASSERT_EQ(session.expires_in,
                std::chrono::floor<std::chrono::seconds>(expected.ends_at - world.clock.steady()));
    }
  }

  TurnWorld world{options()};
  ReferenceModel model{options().server, options().quotas, {ip("10.0.0.9")}};
  support::FixedRandom random{GetParam()};
  std::vector<std::unique_ptr<TurnClient>> clients;
  std::vector<std::vector<uint8_t>> tokens;  // of reservations, claimed or not
};
INSTANTIATE_TEST_SUITE_P(Seeds, ServerModel, testing::Range<uint64_t>(1, 9));

TEST_P(ServerModel, AgreesWithTheServerAfterEveryStep) {
  model.pass_to(world.clock.steady());
  for (int i = 0; i < 4000; ++i) {
    step();
    expect_agreement();
    ASSERT_FALSE(HasFatalFailure()) << "seed " << GetParam() << ", step " << i;
  }
}

}  // namespace
}  // namespace relay
