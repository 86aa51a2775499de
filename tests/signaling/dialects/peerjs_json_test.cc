#include "signaling/dialects/peerjs_json.h"

#include <gtest/gtest.h>

#include "signaling/dialects/uuid.h"
#include "tests/support/fixed_random.h"

namespace signaling::dialects {
namespace {

PeerJsMessage read(std::string_view text) {
  PeerJsReader reader;
  auto message = reader.read(text);
  EXPECT_TRUE(message) << text;
  return message.value_or(PeerJsMessage{});
}

TEST(PeerJsReadTest, TakesWhatTheClientSends) {
  const struct {
    std::string_view text;
    PeerJsType type;
    std::string_view dst, payload;
  } cases[] = {
      {R"({"type":"HEARTBEAT"})", PeerJsType::kHeartbeat, "", ""},
      {R"({"type":"OFFER","payload":{"sdp":{"type":"offer","sdp":"v=0\r\n"},"type":"data"},"dst":"b"})",
       PeerJsType::kOffer, "b", R"({"sdp":{"type":"offer","sdp":"v=0\r\n"},"type":"data"})"},
      {R"({"dst":"b c","type":"ANSWER","payload":1 })", PeerJsType::kAnswer, "b c", "1"},
      {R"({"type":"CANDIDATE","payload":{"dst":"x","type":"OFFER"},"dst":"\u0062"})", PeerJsType::kCandidate,
       "b", R"({"dst":"x","type":"OFFER"})"},
      {R"({"type":"LEAVE","dst":null})", PeerJsType::kLeave, "", ""},
      {R"({"type":"LEAVE","dst":"b","src":"forged"})", PeerJsType::kLeave, "b", ""},
      {R"({"payload":null,"type":"OFFER"})", PeerJsType::kOffer, "", "null"},
  };
  for (const auto& test : cases) {
    const auto message = read(test.text);
    EXPECT_EQ(message.type, test.type) << test.text;
    EXPECT_EQ(message.dst, test.dst) << test.text;
    EXPECT_EQ(message.payload, test.payload) << test.text;
  }
}

// [TRAP] of peerjs-server: EXPIRE of a client is relayed, so that anybody can end a stranger's attempt.
TEST(PeerJsReadTest, KnowsNoTypeThatIsAServersOwn) {
  for (const std::string_view type :
       {"EXPIRE", "OPEN", "ERROR", "ID-TAKEN", "INVALID-KEY", "offer", "", "GOAWAY"}) {
    EXPECT_EQ(read(R"({"dst":"b","type":")" + std::string(type) + R"("})").type, PeerJsType::kOther) << type;
  }
  EXPECT_EQ(read(R"({"type":7,"dst":"b"})").type, PeerJsType::kOther);
  EXPECT_EQ(read("{}").type, PeerJsType::kOther);
}

TEST(PeerJsReadTest, RefusesWhatIsNoMessage) {
  PeerJsReader reader;
  for (const std::string_view text :
       {"", "{", "7", "null", "[]", "\"OFFER\"", "{}x", R"({"type":"OFFER","dst":7})", R"({"dst":["b"]})",
        R"({"type":"OFFER","type":"LEAVE"})", R"({"dst":"a","dst":"b"})", R"({"payload":1,"payload":2})",
        "{\"dst\":\"\xff\"}"}) {
    EXPECT_FALSE(reader.read(text)) << text;
  }
  EXPECT_TRUE(reader.read("{}"));  // a bad message leaves no trace
}

TEST(PeerJsWriteTest, WritesAsItsServerDoes) {
  EXPECT_EQ(peerjs_open_json(), R"({"type":"OPEN"})");
  EXPECT_EQ(peerjs_refusal_json("ID-TAKEN", "ID is taken"),
            R"({"type":"ID-TAKEN","payload":{"msg":"ID is taken"}})");
  EXPECT_EQ(peerjs_expire_json("b", "a"), R"({"type":"EXPIRE","src":"b","dst":"a"})");
}

TEST(PeerJsWriteTest, RelaysWithTheTrueSource) {
  const auto named = [](std::string name) {
    Peer peer;
    peer.name = std::move(name);
    return std::make_shared<const Peer>(std::move(peer));
  };
  std::string text = "what was there before";
  Message message{
      .source = named("a"), .target = named("b \"b\""), .kind = MessageKind::kOffer, .body = "[1, 2]"};
  write_peerjs_json(text, message);
  EXPECT_EQ(text, R"({"type":"OFFER","src":"a","dst":"b \"b\"","payload":[1, 2]})");
  message.kind = MessageKind::kOther;
  message.body.clear();
  write_peerjs_json(text, message);
  EXPECT_EQ(text, R"({"type":"LEAVE","src":"a","dst":"b \"b\""})");
}

TEST(UuidTest, IsOfVersionFour) {
  support::FixedRandom random{1};
  const auto one = make_uuid(random), other = make_uuid(random);
  EXPECT_NE(one, other);
  ASSERT_EQ(one.size(), 36u);
  EXPECT_EQ(one.find_first_not_of("0123456789abcdef-"), std::string::npos) << one;
  EXPECT_EQ(one[14], '4');
  EXPECT_NE(std::string_view("89ab").find(one[19]), std::string_view::npos) << one;
  for (const size_t at : {8, 13, 18, 23}) EXPECT_EQ(one[at], '-');
}

}  // namespace
}  // namespace signaling::dialects
