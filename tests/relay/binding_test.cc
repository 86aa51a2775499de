// STUN Binding (RFC 8489 §12): stateless, without credentials.
#include "relay/binding.h"

#include "tests/relay/fixtures.h"

namespace relay {
namespace {

class BindingTest : public testing::TestWithParam<Transport> {
 protected:
  TurnWorld world;
};
INSTANTIATE_TEST_SUITE_P(Every, BindingTest, kEveryTransport, name_of_run);

TEST_P(BindingTest, TellsTheClientItsAddress) {
  for (const auto& from : {at("198.51.100.1:5000"), at("[2001:db8:1::5]:5000")}) {
    TurnClient client(world, "alice", GetParam(), from);
    const auto answer = client.ask(TurnMessage(Method::kBinding));
    EXPECT_EQ(answer.code(), 200);
    EXPECT_EQ(answer.mapped(), from);
    EXPECT_EQ(answer.message().attributes().size(), 1u);  // nothing else: it would amplify
  }
  EXPECT_EQ(world.counters.bindings.value(), 2u);
  EXPECT_EQ(world.server.allocation_count(), 0u);
}

TEST_P(BindingTest, OfAnIceAgentIsAnsweredAsWell) {
  TurnClient client(world, "alice", GetParam());
  TurnMessage message(Method::kBinding);
  message.text(AttributeType::kUsername, "a:b").word(AttributeType::kPriority, 1);
  EXPECT_EQ(client.ask(message.attribute(AttributeType::kUseCandidate).integrity({}).fingerprint()).code(),
            200);
}

TEST_P(BindingTest, UnknownRequiredAttributesAreListedUpToEight) {
  TurnClient client(world, "alice", GetParam());
  TurnMessage message(Method::kBinding);
  for (uint16_t i = 0; i < 12; ++i) message.attribute(static_cast<uint16_t>(0x7f00 + i / 2 * 2 % 20));
  for (uint16_t i = 0; i < 9; ++i) message.attribute(static_cast<uint16_t>(0x7e00 + i));
  const auto answer = client.ask(message);
  EXPECT_EQ(answer.code(), 420);
  EXPECT_EQ(answer.message().find(AttributeType::kUnknownAttributes)->value.size(), 16u);
}

TEST_P(BindingTest, ChangeRequestIsNotServed) {  // RFC 5780 would reflect to other ports
  TurnClient client(world, "alice", GetParam());
  EXPECT_EQ(client.ask(TurnMessage(Method::kBinding).word(AttributeType::kChangeRequest, 6)).code(), 420);
}

// RFC 3489: sixteen octets of transaction id where the cookie stands today.
std::vector<uint8_t> classic_binding(std::initializer_list<uint8_t> attributes = {}) {
  std::vector<uint8_t> packet{0, 1, 0, static_cast<uint8_t>(attributes.size())};
  for (uint8_t i = 0; i < 16; ++i) packet.push_back(0xa0 + i);
  packet.insert(packet.end(), attributes);
  return packet;
}

TEST_P(BindingTest, OfRfc3489IsAnsweredOverUdp) {
  TurnClient client(world, "alice", GetParam());
  for (const auto& packet :
       {classic_binding(), classic_binding({0, 3, 0, 4, 0, 0, 0, 0}), classic_binding({0x80, 0x22, 0, 0})}) {
    const auto answer =
        support::keep(world.server.handle_client(world.clock.now(), client.path, packet, world.scratch));
    if (GetParam() != Transport::kUdp) {
      EXPECT_TRUE(answer.nothing());
      continue;
    }
    EXPECT_EQ(support::to_hex(answer.wire),
              "0101000c"
              "a0a1a2a3a4a5a6a7a8a9aaabacadaeaf"
              "00010008"
              "00011388"
              "c6336401");  // 198.51.100.1:5000
  }
}

TEST_P(BindingTest, OfRfc3489ThatWouldReflectIsDropped) {
  TurnClient client(world);
  for (const auto& packet : {
           classic_binding({0, 3, 0, 4, 0, 0, 0, 6}),                 // answer from elsewhere
           classic_binding({0, 2, 0, 8, 0, 1, 0, 80, 192, 0, 2, 1}),  // RESPONSE-ADDRESS
           classic_binding({0x7f, 0, 0, 0}),                          // unknown and required
           classic_binding({0, 6, 0, 9}),                             // longer than it is
       }) {
    EXPECT_TRUE(client.send(packet).nothing());
  }
  auto response = classic_binding();
  response[0] = 1;
  EXPECT_TRUE(client.send(response).nothing());
  client.path.tuple.client = at("[2001:db8:1::5]:5000");  // RFC 3489 knows no IPv6
  EXPECT_TRUE(client.send(classic_binding()).nothing());
  client.path.tuple.client = at("224.0.0.1:5000");
  EXPECT_TRUE(client.send(classic_binding()).nothing());
  EXPECT_EQ(world.counters.bindings.value(), 0u);
}

TEST_P(BindingTest, OfRfc3489DrawsOnTheSameBudget) {
  TurnClient client(world);
  int answered = 0;
  for (int i = 0; i < 1000; ++i) {
    answered += !client.send(classic_binding()).nothing();
    answered += client.ask(TurnMessage(Method::kBinding)).code() == 200;
  }
  EXPECT_EQ(answered, 100);
}

TEST_P(BindingTest, BrokenFingerprintIsDropped) {
  TurnClient client(world, "alice", GetParam());
  auto packet = TurnMessage(Method::kBinding).fingerprint().bytes();
  packet.back() ^= 1;
  EXPECT_TRUE(client.send(packet).nothing());
  EXPECT_EQ(world.dropped(Drop::kBadFingerprint), 1u);
}

}  // namespace
}  // namespace relay
