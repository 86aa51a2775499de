// The long-term credential mechanism, step by step (RFC 8489 §9.2.4).
#include "relay/authenticate.h"

#include "tests/relay/fixtures.h"

namespace relay {
namespace {

using stun::Check;

struct AuthenticationStep {
  const char* section;
  const char* what;
  std::function<void(TurnMessage&, const Login&)> fill;
  int code;
  bool challenges;  // carries REALM, NONCE and PASSWORD-ALGORITHMS
  Reject reason;
};

Login wrong(Login login, std::string Login::* field, const std::string& value = "wrong") {
  login.*field = value;
  return login;
}

const AuthenticationStep kSteps[] = {
    {"§9.2.4 item 1", "without integrity", [](auto&, auto&) {}, 401, true, Reject::kChallenge},
    {"§9.2.4 item 1", "with all but the integrity", [](auto& m, auto& l) { m.name(l); }, 401, true,
     Reject::kChallenge},
    {"§9.2.4 item 2", "without USERNAME",
     [](auto& m, auto& l) {
       m.text(AttributeType::kRealm, l.realm).text(AttributeType::kNonce, l.nonce).integrity(l.keys().md5);
     },
     400, false, Reject::kBadRequest},
    {"§9.2.4 item 2", "without REALM",
     [](auto& m, auto& l) {
       m.text(AttributeType::kUsername, l.username)
           .text(AttributeType::kNonce, l.nonce)
           .integrity(l.keys().md5);
     },
     400, false, Reject::kBadRequest},
    {"§9.2.4 item 2", "without NONCE",
     [](auto& m, auto& l) {
       m.text(AttributeType::kUsername, l.username)
           .text(AttributeType::kRealm, l.realm)
           .integrity(l.keys().md5);
     },
     400, false, Reject::kBadRequest},
    {"§9.2.4 item 3", "with PASSWORD-ALGORITHM alone",
     [](auto& m, auto& l) {
       m.password_algorithm(stun::PasswordAlgorithm::kSha256).name(l).integrity_sha256(l.keys().sha256);
     },
     400, false, Reject::kBadRequest},
    {"§9.2.4 item 4", "with a foreign realm", [](auto& m, auto& l) { m.sign(wrong(l, &Login::realm)); }, 401,
     true, Reject::kWrongRealm},
    {"§9.2.4 item 4", "of an unknown user", [](auto& m, auto& l) { m.sign(wrong(l, &Login::username)); }, 401,
     true, Reject::kUnknownUser},
    {"§9.2.4 item 5", "with a wrong password", [](auto& m, auto& l) { m.sign(wrong(l, &Login::password)); },
     401, true, Reject::kWrongIntegrity},
    {"§9.2.4 item 6", "with a forged nonce", [](auto& m, auto& l) { m.sign(wrong(l, &Login::nonce)); }, 438,
     true, Reject::kStaleNonce},
};

TEST(AuthenticateTest, EveryStepAnswersWithItsCode) {
  for (const auto& step : kSteps) {
    SCOPED_TRACE(std::string(step.section) + ": a request " + step.what);
    TurnWorld world;
    TurnClient client(world);
    client.challenge();
    const auto challenges = world.rejected(step.reason);
    TurnMessage message(Method::kAllocate);
    message.transport();
    step.fill(message, client.login);
    const auto answer = client.ask(message);
    EXPECT_EQ(answer.code(), step.code);
    EXPECT_EQ(answer.has(AttributeType::kNonce), step.challenges);
    EXPECT_EQ(answer.text(AttributeType::kRealm), step.challenges ? "icebox" : "");
    EXPECT_EQ(answer.has(AttributeType::kPasswordAlgorithms), step.challenges);
    EXPECT_FALSE(answer.has(AttributeType::kMessageIntegrity));
    EXPECT_EQ(world.rejected(step.reason), challenges + 1);
    EXPECT_FALSE(client.is_allocated());
  }
}

TEST(AuthenticateTest, EarlierStepsWinOverLaterOnes) {
  TurnWorld world;
  TurnClient client(world);
  client.challenge();
  const auto nonce = client.login.nonce;
  client.login = {"nobody", "wrong", "elsewhere", "stale"};
  EXPECT_EQ(client.allocate().code(), 401);
  EXPECT_EQ(world.rejected(Reject::kWrongRealm), 1u);
  client.login.realm = "icebox";
  EXPECT_EQ(client.allocate().code(), 438);  // whoever it says it is
  EXPECT_EQ(world.rejected(Reject::kStaleNonce), 1u);
  client.login.nonce = nonce;
  EXPECT_EQ(client.allocate().code(), 401);
  EXPECT_EQ(world.rejected(Reject::kUnknownUser), 1u);
  client.login.username = "alice";
  EXPECT_EQ(client.allocate().code(), 401);
  EXPECT_EQ(world.rejected(Reject::kWrongIntegrity), 1u);
}

// How often anybody was looked up.
struct CountingCredentials : support::FakeCredentials {
  int lookups = 0;
  std::optional<Account> find(std::string_view name, base::WallTime now) override {
    ++lookups;
    return FakeCredentials::find(name, now);
  }
  std::optional<Account> find_by_userhash(base::Bytes hash, base::WallTime now) override {
    ++lookups;
    return FakeCredentials::find_by_userhash(hash, now);
  }
};

TEST(AuthenticateTest, NobodyIsLookedUpForAnOverlongNameOrANonceThatIsNotOurs) {
  TurnWorld world;
  CountingCredentials credentials;
  credentials.add("alice", support::password_of("alice"));
  Server server(world.clock.steady(), {}, *world.policies[0], credentials, world.ports, world.quotas,
                world.random, world.nonces, world.counters);
  TurnClient client(world);
  client.challenge();
  const auto code_of = [&](const Login& login) {
    const auto packet = TurnMessage(Method::kAllocate).transport().sign(login).bytes();
    const auto step = server.handle_client(world.clock.now(), client.path, packet, world.scratch);
    return Answer{support::copy_of(step.header)}.code();
  };
  EXPECT_EQ(code_of({std::string(509, 'a'), "guessed", "icebox", client.login.nonce}), 400);
  for (const auto& nonce : {std::string(45, '0'), client.login.nonce + "0", std::string("x")}) {
    EXPECT_EQ(code_of(wrong(client.login, &Login::nonce, nonce)), 438) << nonce;
  }
  world.advance(3601s);
  EXPECT_EQ(code_of(client.login), 438);  // ours, but old: a 438 tells nothing about the password
  EXPECT_EQ(credentials.lookups, 0);
  client.challenge();
  EXPECT_EQ(code_of(wrong(client.login, &Login::username, std::string(508, 'a'))), 401);
  EXPECT_EQ(code_of(client.login), 200);
  EXPECT_EQ(credentials.lookups, 2);
}

TEST(AuthenticateTest, NonceLivesItsTimeAndNoLonger) {
  TurnWorld world({.nonce_lifetime = 600s});
  TurnClient client(world);
  client.challenge();
  world.advance(600s);
  EXPECT_EQ(client.allocate().code(), 200);
  world.advance(1s);
  const auto stale = client.refresh(600);
  EXPECT_EQ(stale.code(), 438);
  client.login.nonce = stale.text(AttributeType::kNonce);  // the cure is in the answer
  EXPECT_EQ(client.refresh(600).code(), 200);
}

TEST(AuthenticateTest,
     NonceIsGoodFromAnotherPortOfTheSameAddress) {  // a carrier NAT remaps between two Allocates
  TurnWorld world;
  TurnClient client(world);
  client.challenge();
  client.path.tuple.client.port = 6000;
  EXPECT_EQ(client.allocate().code(), 200);
}

TEST(AuthenticateTest, NamesMayBeQuotedOrNulTerminated) {  // RFC 8489 §9.2.2
  for (const auto& name : {std::string("\"alice\""), std::string("alice\0", 6)}) {
    TurnWorld world;
    TurnClient client(world);
    client.challenge();
    TurnMessage message(Method::kAllocate);
    message.transport()
        .text(AttributeType::kUsername, name)
        .text(AttributeType::kRealm, std::string("icebox\0", 7))
        .text(AttributeType::kNonce, client.login.nonce + '\0')
        .integrity(client.login.keys().md5);
    EXPECT_EQ(client.ask(message).code(), 200);
  }
}

TEST(AuthenticateTest, BadLoginThenGoodLoginOnTheSameTupleSucceeds) {
  TurnWorld world;
  TurnClient client(world);
  client.login.username = "mallory";
  EXPECT_EQ(client.allocate().code(), 401);
  client.login.username = "alice";
  EXPECT_EQ(client.allocate().code(), 200);
}

TEST(AuthenticateTest, ExpiredRestCredentialStillRefreshesItsAllocationButMakesNoNewOne) {
  TurnWorld world;
  world.credentials.add_expiring("1700000100:carol", "carol", "token", world.clock.wall() + 100s);
  TurnClient client(world, "1700000100:carol");
  client.login.password = "token";
  EXPECT_EQ(client.allocate().code(), 200);
  world.advance(200s);
  EXPECT_EQ(client.refresh(600).code(), 200);
  EXPECT_EQ(client.bind(0x4000, kPeer).code(), 200);
  TurnClient second(world, "1700000100:carol", Transport::kUdp, at("198.51.100.1:5001"));
  second.login.password = "token";
  EXPECT_EQ(second.allocate().code(), 401);
  EXPECT_EQ(world.quotas.of_user("carol"), 1u);
}

TEST(AuthenticateTest, AnyOfSeveralKeysLetsIn) {  // secrets in rotation
  TurnWorld world;
  struct Rotating : Credentials {
    Account account{.user = "carol", .key_count = 2};
    std::optional<Account> find(std::string_view, base::WallTime) override { return account; }
    std::optional<Account> find_by_userhash(base::Bytes, base::WallTime) override { return std::nullopt; }
  } rotating;
  rotating.account.keys[0] = stun::derive_long_term_keys("carol", "icebox", "old");
  rotating.account.keys[1] = stun::derive_long_term_keys("carol", "icebox", "new");
  Server server(world.clock.steady(), {}, *world.policies[0], rotating, world.ports, world.quotas,
                world.random, world.nonces, world.counters);
  TurnClient client(world, "carol");
  client.challenge();
  for (const auto* password : {"old", "new"}) {
    client.login.password = password;
    client.path.tuple.client.port++;
    const auto packet = TurnMessage(Method::kAllocate).transport().sign(client.login).bytes();
    const auto step = server.handle_client(world.clock.now(), client.path, packet, world.scratch);
    const auto answer = stun::Message::parse(step.header);
    EXPECT_EQ(answer->message_class(), Class::kSuccess);
    EXPECT_EQ(stun::check_message_integrity(*answer, client.login.keys().md5), Check::kRight);
  }
}

}  // namespace
}  // namespace relay
