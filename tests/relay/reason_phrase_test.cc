// Words in ERROR-CODE: for those whom the answer certainly reaches.
#include "stun/reason_phrase.h"

#include "tests/relay/fixtures.h"

namespace relay {
namespace {

class ReasonPhraseTest : public testing::TestWithParam<Transport> {
 protected:
  static std::string phrase_of(const Answer& answer) {
    const auto message = answer.message();
    const auto* error = message.find(AttributeType::kErrorCode);
    return error ? std::string(base::as_text(error->value.subspan(4))) : "no error";
  }
  // What strangers are told: nothing where the source may be forged.
  static std::string to_strangers(const std::string& phrase) {
    return GetParam() == Transport::kUdp ? "" : phrase;
  }
  TurnWorld world;
  TurnClient client{world, "alice", GetParam()};
};
INSTANTIATE_TEST_SUITE_P(Every, ReasonPhraseTest, kEveryTransport, name_of_run);

TEST_P(ReasonPhraseTest, AuthenticatedClientsAreToldInWords) {
  EXPECT_EQ(client.allocate().code(), 200);
  const auto refused = client.permit({at("10.0.0.9:1")});
  EXPECT_EQ(refused.code(), 403);
  EXPECT_EQ(phrase_of(refused), "Forbidden");
  EXPECT_EQ(phrase_of(client.allocate()), "Allocation Mismatch");
  const auto unknown = client.request(Method::kRefresh, [](auto& m) { m.attribute(uint16_t{0x7f00}); });
  EXPECT_EQ(phrase_of(unknown), "Unknown Attribute");
}

TEST_P(ReasonPhraseTest, StrangersAreToldNoWordsInDatagrams) {
  EXPECT_EQ(phrase_of(client.ask(TurnMessage(Method::kAllocate).transport())),
            to_strangers("Unauthenticated"));
  EXPECT_EQ(phrase_of(client.ask(TurnMessage(Method::kAllocate).integrity({}))), to_strangers("Bad Request"));
  EXPECT_EQ(phrase_of(client.ask(TurnMessage(Method::kBinding).attribute(uint16_t{0x7f00}))),
            to_strangers("Unknown Attribute"));
  client.challenge();
  client.login.nonce += "0";
  EXPECT_EQ(phrase_of(client.allocate()), to_strangers("Stale Nonce"));
}

TEST(ReasonPhrase, EveryCodeHasOne) {
  for (const int code : {300, 400, 401, 403, 420, 437, 438, 440, 441, 442, 443, 446, 447, 486, 500, 508}) {
    const auto phrase = stun::reason_phrase(static_cast<stun::ErrorCode>(code));
    EXPECT_FALSE(phrase.empty()) << code;
    EXPECT_LE(phrase.size(), 40u) << code;
  }
}

}  // namespace
}  // namespace relay
