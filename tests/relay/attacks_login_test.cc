// Attacks on authentication: turn-facts part 3, items 13 to 16, 18, 31, 46. Over every transport.
#include "stun/rest_credential.h"
#include "tests/relay/fixtures.h"

namespace relay {
namespace {

class LoginAttack : public testing::TestWithParam<Transport> {
 protected:
  LoginAttack() { client.challenge(); }
  Answer refresh_with(const std::string& nonce) {
    client.login.nonce = nonce;
    return client.refresh();
  }
  TurnWorld world;
  TurnClient client{world, "alice", GetParam()};
};
INSTANTIATE_TEST_SUITE_P(Every, LoginAttack, kEveryTransport, name_of_run);

TEST_P(LoginAttack, Attack13_NonceOfAnotherAddressIsStale) {
  TurnClient thief(world, "alice", GetParam(), at("198.51.100.2:5000"));
  thief.login.nonce = client.login.nonce;
  EXPECT_EQ(thief.allocate().code(), 438);
}

TEST_P(LoginAttack, Attack13_NoFlippedBitOfANoncePasses) {
  EXPECT_EQ(client.allocate().code(), 200);
  const auto nonce = client.login.nonce;
  for (size_t i = 13; i < nonce.size(); ++i) {  // the cookie in front is judged by its own rules
    auto forged = nonce;
    forged[i] = static_cast<char>(forged[i] ^ 1);
    EXPECT_EQ(refresh_with(forged).code(), 438) << i;
    world.advance(1s);
  }
  EXPECT_EQ(refresh_with("0").code(), 438);
  EXPECT_EQ(refresh_with(nonce + "0").code(), 438);
  EXPECT_EQ(refresh_with(nonce).code(), 200);
}

TEST_P(LoginAttack, Attack13_NoncesDifferAndAreShort) {
  std::set<std::string> nonces;
  for (int i = 0; i < 50; ++i) {
    client.challenge();
    nonces.insert(client.login.nonce);
    EXPECT_LE(client.login.nonce.size(), 128u);
  }
  EXPECT_EQ(nonces.size(), 50u);
}

TEST_P(LoginAttack, Attack14_AttributesAfterIntegrityHaveNoEffect) {  // an attacker on the path appends
  EXPECT_EQ(client.allocate().code(), 200);
  const std::function<void(TurnMessage&)> appended[] = {
      [](auto& m) { m.lifetime(0); },
      [](auto& m) { m.family(base::Family::kIpv6); },
      [](auto& m) { m.attribute(uint16_t{0x7f00}); },
      [](auto& m) { m.peer(at("10.0.0.1:1")); },
      [](auto& m) { m.text(AttributeType::kUsername, "bob"); },
      [](auto& m) { m.lifetime(0).fingerprint(); },
  };
  for (const auto& append : appended) {
    TurnMessage refresh(Method::kRefresh), permit(Method::kCreatePermission);
    append(refresh.sign(client.login));
    append(permit.peer(kPeer).sign(client.login));
    EXPECT_EQ(client.ask(refresh).code(), 200);
    EXPECT_EQ(client.ask(permit).code(), 200);
    ASSERT_TRUE(client.is_allocated());
    EXPECT_EQ(client.allocation()->peers.permissions().size(), 1u);
  }
}

TEST_P(LoginAttack, Attack14_NothingButFingerprintCountsAfterTheSha256Integrity) {
  TurnMessage message(Method::kAllocate);
  message.transport().sign_sha256(client.login);
  EXPECT_EQ(client.ask(message.integrity(client.login.keys().md5).lifetime(3600)).lifetime(), 600u);
}

TEST_P(LoginAttack, Attack15_NoFlippedBitOfAnIntegrityPasses) {
  TurnMessage message(Method::kAllocate);
  const auto packet = message.transport().sign(client.login).bytes();
  for (size_t i = packet.size() - 20; i < packet.size(); ++i) {
    auto forged = packet;
    forged[i] ^= 0x80;
    EXPECT_EQ(Answer{client.send(forged).wire}.code(), 401);
    world.advance(1s);
  }
  EXPECT_EQ(Answer{client.send(packet).wire}.code(), 200);
}

TEST_P(LoginAttack, Attack16_BadLoginLeavesNoTraceOnTheTuple) {
  Login bob{"bob", "guessed", "icebox", client.login.nonce};
  TurnMessage bad(Method::kAllocate);
  EXPECT_EQ(client.ask(bad.transport().sign(bob)).code(), 401);
  EXPECT_EQ(client.allocate().code(), 200);
  TurnMessage again(Method::kRefresh);
  EXPECT_EQ(client.ask(again.sign(bob)).code(), 401);
  EXPECT_EQ(client.refresh().code(), 200);
}

// All that differs between two answers is in the nonce: octets 0x15 .. end of that value.
std::vector<uint8_t> without_nonce(const Answer& answer) {
  auto bytes = answer.bytes;
  const auto value = answer.message().find(AttributeType::kNonce)->value;
  std::fill_n(bytes.begin() + (value.data() - answer.bytes.data()), value.size(), 0);
  return bytes;
}

TEST_P(LoginAttack, Attack18_UnknownUserAndWrongPasswordGetTheSameOctets) {
  const auto ask = [&](const std::string& user) {
    TurnMessage message(Method::kAllocate, 42);
    return client.ask(message.transport().sign({user, "guessed", "icebox", client.login.nonce}));
  };
  const auto unknown = ask("mallory"), wrong = ask("alice");
  EXPECT_EQ(unknown.code(), 401);
  EXPECT_EQ(without_nonce(unknown), without_nonce(wrong));
}

TEST_P(LoginAttack, Attack59_GuessesBeyondTheBudgetAreNotEvenLookedAt) {
  const auto right = client.login;
  EXPECT_EQ(client.allocate().code(), 200);  // somebody's live allocation, of the same source and user
  TurnClient guesser(world, "alice", GetParam(), at("198.51.100.1:5001"));
  guesser.login.nonce = right.nonce;
  guesser.login.password = "guessed";
  int answered = 0;
  for (int i = 0; i < 5000; ++i) answered += guesser.allocate().code() == 401;
  EXPECT_EQ(answered, 30);
  EXPECT_EQ(world.rejected(Reject::kWrongIntegrity), 30u);
  EXPECT_EQ(world.dropped(Drop::kGuessing), 4970u);
  guesser.login.password = right.password;
  EXPECT_EQ(guesser.allocate().code(), Answer::kSilence);
  EXPECT_EQ(client.refresh().code(), 200);  // its own key needs no budget
  TurnClient bob(world, "bob", GetParam(), at("198.51.100.1:5002"));
  EXPECT_EQ(bob.allocate().code(), 200);
  TurnClient elsewhere(world, "alice", GetParam(), at("198.51.100.2:5000"));
  EXPECT_EQ(elsewhere.allocate().code(), 200);
  world.advance(3s);
  EXPECT_EQ(guesser.allocate().code(), 200);
}

TEST_P(LoginAttack, Attack59_AnAllocationOfOnesOwnIsNoPlaceToGuessFrom) {
  EXPECT_EQ(client.allocate().code(), 200);
  const Login bob{"bob", "guessed", "icebox", client.login.nonce};
  int answered = 0;
  for (int i = 0; i < 1000; ++i) {
    answered += client.ask(TurnMessage(Method::kRefresh).sign(bob)).code() == 401;
  }
  EXPECT_EQ(answered, 30);
  EXPECT_EQ(client.refresh().code(), 200);
}

TEST_P(LoginAttack, Attack59_ANameHasOneBudgetHoweverItIsWritten) {
  world.credentials.add("al ice", "right");
  for (const auto& [user, spellings] :
       {std::pair(std::string("al ice"),
                  std::vector<std::string>{"al ice", "\"al ice\"", std::string("al ice\0", 7), "al\u00a0ice",
                                           "al\u3000ice"}),
        std::pair(std::string("no body"),
                  std::vector<std::string>{"no body", "\"no body\"", "no\u00a0body", "no\u2003body"})}) {
    int answered = 0;
    for (int i = 0; i < 200; ++i) {
      const Login guess{spellings[i % spellings.size()], "guessed", "icebox", client.login.nonce};
      answered += client.ask(TurnMessage(Method::kAllocate).transport().sign(guess)).code() == 401;
    }
    TurnMessage by_hash(Method::kAllocate);
    by_hash.transport()
        .attribute(AttributeType::kUserhash, stun::userhash(user, "icebox"))
        .text(AttributeType::kRealm, "icebox")
        .text(AttributeType::kNonce, client.login.nonce)
        .integrity(client.login.keys().md5);
    EXPECT_EQ(client.ask(by_hash).code(), Answer::kSilence) << user;
    EXPECT_EQ(answered, 30) << user;  // known or not: no oracle for names
  }
}

TEST_P(LoginAttack, Attack59_ManyNamesOfOneSourceHaveABudgetToo) {  // a REST secret is guessed under any
  int answered = 0;
  for (int i = 0; i < 2000; ++i) {
    const Login guess{std::to_string(1'900'000'000 + i), "guessed", "icebox", client.login.nonce};
    client.ask(TurnMessage(Method::kAllocate).transport().sign(guess));
    answered = static_cast<int>(world.rejected(Reject::kUnknownUser));
  }
  EXPECT_EQ(answered, 600);
}

TEST_P(LoginAttack, Attack60_ACopiedAllocateMakesNothingForAnotherPort) {
  const auto packet = TurnMessage(Method::kAllocate).transport().sign(client.login).bytes();
  EXPECT_EQ(Answer{client.send(packet).wire}.code(), 200);
  TurnClient thief(world, "alice", GetParam(), at("198.51.100.1:5001"));
  EXPECT_EQ(Answer{thief.send(packet).wire}.code(), 438);
  EXPECT_FALSE(thief.is_allocated());
  EXPECT_EQ(world.rejected(Reject::kReplayed), 1u);
  EXPECT_EQ(Answer{client.send(packet).wire}.code(), 200);  // the client's own retransmission
  EXPECT_EQ(client.refresh(0).code(), 200);
  EXPECT_EQ(Answer{thief.send(packet).wire}.code(), 438);  // also when the original is over
  EXPECT_EQ(thief.allocate().code(), 200);                 // whoever knows the password signs anew
}

TEST_P(LoginAttack, Attack60_ACopiedRequestDoesNothingToAnotherAllocationOfTheUser) {
  TurnClient second(world, "alice", GetParam(), at("198.51.100.1:5001"));
  EXPECT_EQ(client.allocate().code(), 200);
  EXPECT_EQ(second.allocate().code(), 200);
  const auto release = TurnMessage(Method::kRefresh).lifetime(0).sign(client.login).bytes();
  const auto permit = TurnMessage(Method::kCreatePermission).peer(kPeer).sign_sha256(client.login).bytes();
  for (const auto& packet : {permit, release}) {
    EXPECT_EQ(Answer{client.send(packet).wire}.code(), 200);
    EXPECT_EQ(Answer{second.send(packet).wire}.code(), 438);
  }
  EXPECT_TRUE(second.is_allocated());
  EXPECT_TRUE(second.allocation()->peers.permissions().empty());
}

// The nonce is good for an hour: for so long the copies must fail, whoever sends how much meanwhile.
TEST(ReplayAttack, Attack60_NoFloodOfAnotherUserMakesCopiesNewAgain) {
  TurnWorld world;
  world.credentials.add("eve", "mine");
  TurnClient victim(world), eve(world, "eve", Transport::kUdp, at("198.51.100.66:6000"));
  victim.challenge();
  const auto allocate = TurnMessage(Method::kAllocate).transport().sign(victim.login).bytes();
  EXPECT_EQ(Answer{victim.send(allocate).wire}.code(), 200);
  const auto permit = TurnMessage(Method::kCreatePermission).peer(kPeer).sign(victim.login).bytes();
  EXPECT_EQ(Answer{victim.send(permit).wire}.code(), 200);
  EXPECT_EQ(victim.refresh(0).code(), 200);
  eve.login.password = "mine";
  EXPECT_EQ(eve.allocate().code(), 200);
  for (uint64_t i = 0; i < 160'000; ++i)
    (void)eve.send(TurnMessage(Method::kRefresh, 1'000'000 + i).sign(eve.login).bytes());
  TurnClient thief(world, "alice", Transport::kUdp, at("198.51.100.1:5001"));
  EXPECT_EQ(Answer{thief.send(allocate).wire}.code(), 438);
  EXPECT_EQ(Answer{thief.send(permit).wire}.code(), 438);
  EXPECT_FALSE(thief.is_allocated());
  const auto nonce = victim.login.nonce;
  EXPECT_EQ(victim.allocate().code(), 200);  // and the victim's own nonce is as good as before
  EXPECT_EQ(victim.login.nonce, nonce);
}

TEST(ReplayAttack, ABusyClientIsNotAskedForANewNonceTwice) {
  TurnWorld world;
  TurnClient client(world);
  EXPECT_EQ(client.allocate().code(), 200);
  for (int i = 0; i < 60 * 100; ++i) {
    world.clock.advance(10ms);
    const auto answer = client.refresh();
    if (answer.code() == 200) continue;
    ASSERT_EQ(answer.code(), 438);
    client.login.nonce = answer.text(AttributeType::kNonce);
    ASSERT_EQ(client.refresh().code(), 200) << i;
  }
}

TEST_P(LoginAttack, Attack31_FirstOfTwoNamesCounts) {
  TurnMessage message(Method::kAllocate);
  message.transport().text(AttributeType::kUsername, "alice").text(AttributeType::kUsername, "bob");
  message.text(AttributeType::kRealm, "icebox").text(AttributeType::kNonce, client.login.nonce);
  EXPECT_EQ(client.ask(message.integrity(client.login.keys().md5)).code(), 200);
  EXPECT_EQ(world.quotas.of_user("alice"), 1u);
}

TEST_P(LoginAttack, Attack31_FirstOfTwoPeersCounts) {
  EXPECT_EQ(client.allocate().code(), 200);
  EXPECT_EQ(client.permit({kPeer}).code(), 200);
  const auto send = [&](const base::Endpoint& first, const base::Endpoint& second) {
    TurnMessage message(Method::kSend, Class::kIndication);
    return client.send(message.peer(first).peer(second).data(octets("x")).bytes());
  };
  EXPECT_EQ(send(kPeer, at("10.0.0.1:1")).peer, kPeer);
  EXPECT_TRUE(send(at("10.0.0.1:1"), kPeer).nothing());
}

TEST(RestAttack, Attack46_ExpiryIsDigitsAndNothingElse) {
  for (const auto* name : {"-1:a", "+1700000000:a", " 1700000000:a", "1700000000 :a", "0x7fffffff:a", "1e9:a",
                           ":a", "a", "9223372036854775808:a", "99999999999999999999:a", "1.5:a", ""}) {
    EXPECT_FALSE(stun::parse_rest_username(name)) << name;
  }
  EXPECT_EQ(stun::parse_rest_username("99999999999:a")->expires_at.time_since_epoch().count(), 99999999999);
}

}  // namespace
}  // namespace relay
