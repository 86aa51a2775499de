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

TEST_P(BindingTest, BrokenFingerprintIsDropped) {
  TurnClient client(world, "alice", GetParam());
  auto packet = TurnMessage(Method::kBinding).fingerprint().bytes();
  packet.back() ^= 1;
  EXPECT_TRUE(client.send(packet).nothing());
  EXPECT_EQ(world.dropped(Drop::kBadFingerprint), 1u);
}

}  // namespace
}  // namespace relay
