// Whoever has an address does not fall silent for what strangers send in its name.
#include "tests/relay/fixtures.h"

namespace relay {
namespace {

class ReplyBudgetsTest : public testing::TestWithParam<Transport> {
 protected:
  // Strangers write the address of `client` into datagrams, under any port.
  void forge(const base::IpAddress& address) {
    TurnClient forger(world, "mallory", Transport::kUdp, {address, 1});
    for (uint16_t port = 1; port <= 500; ++port) {
      forger.path.tuple.client.port = port;
      (void)forger.ask(TurnMessage(Method::kBinding));
      (void)forger.ask(TurnMessage(Method::kAllocate).transport());
      Login guess{"alice", "guessed", "icebox", "nonce of somebody else"};
      (void)forger.ask(TurnMessage(Method::kAllocate).transport().sign(guess));
      (void)forger.ask(TurnMessage(Method::kAllocate).transport().integrity({}));
    }
    EXPECT_EQ(forger.ask(TurnMessage(Method::kBinding)).code(), Answer::kSilence);
  }
  TurnWorld world;
  TurnClient client{world, "alice", GetParam(), at("198.51.100.1:50000")};
};
INSTANTIATE_TEST_SUITE_P(Every, ReplyBudgetsTest, kEveryTransport, name_of_run);

TEST_P(ReplyBudgetsTest, WhoProvedItsAddressIsAnsweredAllTheSame) {
  if (GetParam() == Transport::kUdp) client.challenge();  // the nonce is the proof
  forge(client.path.tuple.client.ip);
  if (GetParam() != Transport::kUdp) {
    EXPECT_EQ(client.ask(TurnMessage(Method::kBinding)).code(), 200);
  }
  const auto password = client.login.password;
  client.login.password = "mistyped";
  EXPECT_EQ(client.allocate().code(), 401);
  client.login.password = password;
  world.advance(3601s);
  forge(client.path.tuple.client.ip);
  const auto stale = client.allocate();
  ASSERT_EQ(stale.code(), 438);
  client.login.nonce = stale.text(AttributeType::kNonce);
  EXPECT_EQ(client.allocate().code(), 200);
}

TEST_P(ReplyBudgetsTest, RequestsOfALiveAllocationAreAlwaysAnswered) {
  EXPECT_EQ(client.allocate([](auto& m) { m.lifetime(3600); }).code(), 200);
  world.advance(3599s);
  EXPECT_EQ(client.refresh(3600).code(), 200);
  world.advance(100s);
  forge(client.path.tuple.client.ip);
  // Also what its own source has spent: guesses over a stream from the same address.
  TurnClient neighbour(world, "bob", Transport::kTcp, at("198.51.100.1:50001"));
  for (int i = 0; i < 500; ++i) neighbour.challenge();
  EXPECT_EQ(client.ask(TurnMessage(Method::kBinding)).code(), 200);
  for (int i = 0; i < 300; ++i) EXPECT_EQ(client.refresh(3600).code(), 438) << i;
  client.login.nonce = client.refresh(3600).text(AttributeType::kNonce);
  EXPECT_EQ(client.refresh(3600).code(), 200);
}

TEST_P(ReplyBudgetsTest, WhatIsNotTheClientsIsBoundedOnItsTupleToo) {
  EXPECT_EQ(client.allocate().code(), 200);
  int answered = 0;
  for (int i = 0; i < 1000; ++i) answered += client.ask(TurnMessage(Method::kBinding)).code() == 200;
  EXPECT_EQ(answered, 100);
  EXPECT_EQ(client.refresh().code(), 200);
}

TEST_P(ReplyBudgetsTest, RequestsThatAreWrongBeforeAnybodyIsKnownCostTheBudgetToo) {
  int answered = 0;
  for (int i = 0; i < 1000; ++i) {
    answered += client.ask(TurnMessage(Method::kAllocate).transport().integrity({})).code() == 400;
  }
  EXPECT_EQ(answered, 100);
}

}  // namespace
}  // namespace relay
