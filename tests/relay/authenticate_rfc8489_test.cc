// What RFC 8489 added: password algorithms, SHA-256, hashed names, and the integrity of answers.
#include "tests/relay/fixtures.h"

namespace relay {
namespace {

using stun::Check;
using stun::PasswordAlgorithm;

struct AlgorithmCase {
  const char* what;
  std::function<void(TurnMessage&, const Login&)> fill;
  int code;
};

constexpr std::array<uint8_t, 4> kMd5Only{0, 1, 0, 0};
constexpr std::array<uint8_t, 8> kSwapped{0, 1, 0, 0, 0, 2, 0, 0};
constexpr std::array<uint8_t, 4> kUnknownAlgorithm{0, 9, 0, 0};

// RFC 8489 §9.2.4 item 3.
const AlgorithmCase kAlgorithmCases[] = {
    {"neither attribute means MD5", [](auto& m, auto& l) { m.name(l).integrity(l.keys().md5); }, 200},
    {"the list alone is refused",
     [](auto& m, auto& l) { m.name(l).password_algorithms().integrity(l.keys().md5); }, 400},
    {"a shortened list is refused",
     [](auto& m, auto& l) {
       m.name(l)
           .attribute(AttributeType::kPasswordAlgorithms, kMd5Only)
           .password_algorithm(PasswordAlgorithm::kMd5)
           .integrity(l.keys().md5);
     },
     400},
    {"a reordered list is refused",
     [](auto& m, auto& l) {
       m.name(l)
           .attribute(AttributeType::kPasswordAlgorithms, kSwapped)
           .password_algorithm(PasswordAlgorithm::kMd5)
           .integrity(l.keys().md5);
     },
     400},
    {"an algorithm that was not offered is refused",
     [](auto& m, auto& l) {
       m.name(l)
           .password_algorithms()
           .attribute(AttributeType::kPasswordAlgorithm, kUnknownAlgorithm)
           .integrity(l.keys().md5);
     },
     400},
    {"SHA-256 of the password and of the message", [](auto& m, auto& l) { m.sign_sha256(l); }, 200},
    {"MD5 of the password, SHA-256 of the message",
     [](auto& m, auto& l) {
       m.name(l).password_algorithms().password_algorithm(PasswordAlgorithm::kMd5);
       m.integrity_sha256(l.keys().md5);
     },
     200},
    {"SHA-256 of the password, SHA-1 of the message",
     [](auto& m, auto& l) {
       m.name(l).password_algorithms().password_algorithm(PasswordAlgorithm::kSha256);
       m.integrity(l.keys().sha256);
     },
     200},
    {"a key of the algorithm that was not chosen is refused",
     [](auto& m, auto& l) {
       m.name(l).password_algorithms().password_algorithm(PasswordAlgorithm::kSha256);
       m.integrity_sha256(l.keys().md5);
     },
     401},
    {"of two integrities the SHA-256 counts",
     [](auto& m, auto& l) { m.name(l).integrity(l.keys().md5).integrity_sha256(l.keys().sha256); }, 401},
};

TEST(AuthenticateRfc8489Test, PasswordAlgorithmRules) {
  for (const auto& test : kAlgorithmCases) {
    SCOPED_TRACE(test.what);
    TurnWorld world;
    TurnClient client(world);
    client.challenge();
    TurnMessage message(Method::kAllocate);
    message.transport();
    test.fill(message, client.login);
    EXPECT_EQ(client.ask(message).code(), test.code);
  }
}

// RFC 8489 §9.2.4: SHA-256 unless the request named no algorithm at all; errors carry it too.
TEST(AuthenticateRfc8489Test, AnswersCarryTheIntegrityTheClientAskedFor) {
  for (const bool modern : {false, true}) {
    TurnWorld world;
    TurnClient client(world);
    client.challenge();
    const auto answer_to = [&](TurnMessage& message) {
      return client.ask(modern ? message.sign_sha256(client.login) : message.sign(client.login));
    };
    TurnMessage allocate(Method::kAllocate), again(Method::kAllocate);
    for (const auto& answer : {answer_to(allocate.transport()), answer_to(again.transport())}) {
      const auto message = answer.message();
      const auto keys = client.login.keys();
      EXPECT_EQ(check_message_integrity(message, keys.md5), modern ? Check::kAbsent : Check::kRight);
      EXPECT_EQ(check_message_integrity_sha256(message, keys.sha256),
                modern ? Check::kRight : Check::kAbsent);
      for (const auto type : {AttributeType::kUsername, AttributeType::kRealm, AttributeType::kNonce}) {
        EXPECT_FALSE(answer.has(type));
      }
    }
  }
}

TEST(AuthenticateRfc8489Test, FingerprintIsAnsweredWithFingerprint) {  // RFC 8489 §7
  TurnWorld world;
  TurnClient client(world);
  const auto challenge = client.ask(TurnMessage(Method::kAllocate).transport().fingerprint());
  EXPECT_EQ(check_fingerprint(challenge.message()), Check::kRight);
  client.challenge();
  TurnMessage message(Method::kAllocate);
  const auto answer = client.ask(message.transport().sign(client.login).fingerprint());
  EXPECT_EQ(answer.code(), 200);
  EXPECT_EQ(check_fingerprint(answer.message()), Check::kRight);
  EXPECT_EQ(check_message_integrity(answer.message(), client.login.keys().md5), Check::kRight);
}

TEST(AuthenticateRfc8489Test, WithoutTheOfferNothingOfItIsSent) {  // §9.2.1: bit and attribute together
  WorldOptions options;
  options.server.offer_password_algorithms = false;
  TurnWorld world(options);
  TurnClient client(world);
  const auto challenge = client.ask(TurnMessage(Method::kAllocate).transport());
  EXPECT_FALSE(challenge.has(AttributeType::kPasswordAlgorithms));
  EXPECT_EQ(stun::features_of(challenge.text(AttributeType::kNonce)), stun::SecurityFeatures{});
  EXPECT_EQ(client.allocate().code(), 200);
}

class UserhashTest : public testing::Test {
 protected:
  static WorldOptions anonymous() {
    WorldOptions options;
    options.server.username_anonymity = true;
    return options;
  }
  TurnMessage& sign(TurnMessage& message) {
    const auto& login = client.login;
    return message.attribute(AttributeType::kUserhash, stun::userhash(login.username, login.realm))
        .text(AttributeType::kRealm, login.realm)
        .text(AttributeType::kNonce, login.nonce)
        .integrity(login.keys().md5);
  }
  Answer ask(TurnMessage& message) { return client.ask(sign(message)); }

  TurnWorld world{anonymous()};
  TurnClient client{world};
};

TEST_F(UserhashTest, StandsForTheName) {  // RFC 8489 §9.2.4, §14.4
  client.challenge();
  EXPECT_TRUE(stun::features_of(client.login.nonce).username_anonymity);
  TurnMessage allocate(Method::kAllocate), refresh(Method::kRefresh);
  EXPECT_EQ(ask(allocate.transport()).code(), 200);
  EXPECT_EQ(ask(refresh).code(), 200);
  EXPECT_EQ(client.refresh(0).code(), 200);  // by name: the same user
}

TEST_F(UserhashTest, OfNobodyIsChallenged) {
  client.challenge();
  client.login.username = "nobody";
  TurnMessage allocate(Method::kAllocate);
  EXPECT_EQ(ask(allocate.transport()).code(), 401);
  EXPECT_EQ(world.rejected(Reject::kUnknownUser), 1u);
}

}  // namespace
}  // namespace relay
