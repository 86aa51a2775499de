#include "signaling/dialects/hub_json.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace signaling::dialects {
namespace {

using nlohmann::json;

std::shared_ptr<const Peer> peer(std::string name, std::string fingerprint) {
  Peer peer;
  peer.id = PeerId{1};
  peer.user_name = "ann";
  peer.name = std::move(name);
  peer.kind = "browser";
  peer.fingerprint = std::move(fingerprint);
  peer.verified = true;
  return std::make_shared<const Peer>(std::move(peer));
}

const std::string kFingerprint(64, 'A');

Outgoing outgoing(std::string_view text) {
  HubJsonReader reader;
  auto read = reader.read(text);
  EXPECT_TRUE(read) << text;
  auto got = std::get<Outgoing>(*read);
  got.sdp.reset();  // dies with the reader
  return got;
}

TEST(HubJsonReadTest, TakesWhatIsToBeRelayedAsItStands) {
  const struct {
    std::string_view text;
    MessageKind kind;
    std::string_view body;
  } cases[] = {
      {R"({"target":"b","data":1})", MessageKind::kData, "1"},
      {R"({"target":"b","data":1 })", MessageKind::kData, "1"},
      {R"( { "data" : -1.50e+3 , "target" : "b" } )", MessageKind::kData, "-1.50e+3"},
      {R"({"target":"b","offer":{"type":"offer","sdp":"v=0\r\n"}})", MessageKind::kOffer,
       R"({"type":"offer","sdp":"v=0\r\n"})"},
      {R"({"answer":{"a":[1,{"b":"}]\""}],"sdp":""} ,"target":"b"})", MessageKind::kAnswer,
       R"({"a":[1,{"b":"}]\""}],"sdp":""})"},
      {R"({"target":"b","candidate":null})", MessageKind::kCandidate, "null"},
      {R"({"target":"b","data":"\\"})", MessageKind::kData, R"("\\")"},
      {R"({"target":"b","data":"\\\"\\\\\"x\\\\\\\""})", MessageKind::kData, R"("\\\"\\\\\"x\\\\\\\"")"},
      {R"({"data":["\\","\"\"",{"\\\"":"\\\\"}],"target":"b"})", MessageKind::kData,
       R"(["\\","\"\"",{"\\\"":"\\\\"}])"},
      {R"({"x":{"data":2},"y":"\"data\":3","data":true,"target":"b"})", MessageKind::kData, "true"},
      {R"({"target":"b","d\u0061ta":[ ]})", MessageKind::kData, "[ ]"},
      {"{\"target\":\"b\",\"data\":\"\u00e4\u20ac\"}", MessageKind::kData, "\"\u00e4\u20ac\""},
  };
  for (const auto& test : cases) {
    const auto got = outgoing(test.text);
    EXPECT_EQ(got.target, "b") << test.text;
    EXPECT_EQ(got.kind, test.kind) << test.text;
    EXPECT_EQ(got.body, test.body) << test.text;
    EXPECT_EQ(got.id, std::nullopt) << test.text;
  }
}

// What JSON.stringify() makes of a text that was cut between the halves of a character.
TEST(HubJsonReadTest, ALoneSurrogateIsRelayedAsItStands) {
  for (const std::string_view body :
       {R"("\ud800")", R"("x\uDFFFy\ud83d")", R"({"\udc00":"\\\ud800\\ud800\ud800\ud83d\ude00"})"}) {
    EXPECT_EQ(outgoing(R"({"target":"b","data":)" + std::string(body) + "}").body, body);
    EXPECT_EQ(outgoing(R"({"target":"\ud800","data":)" + std::string(body) + "}").target, "\ufffd");
  }
  HubJsonReader reader;
  const auto read = reader.read(R"({"target":"b","offer":{"sdp":"\ud800 x \ud83d\ude00"}})");
  EXPECT_EQ(std::get<Outgoing>(*read).sdp, "\ufffd x \U0001f600");
  EXPECT_FALSE(reader.read(R"({"target":"b","data":"\ud800"")"));
  EXPECT_FALSE(reader.read(R"({"target":"b","data":"\ud80"})"));
}

TEST(HubJsonReadTest, UnescapesTargetIdAndSdp) {
  HubJsonReader reader;
  const auto read =
      reader.read(R"({"id":9007199254740991,"target":"B\u00f6b \"x\"","offer":{"sdp":"a\r\nb"}})");
  const auto& got = std::get<Outgoing>(*read);
  EXPECT_EQ(got.target, "B\u00f6b \"x\"");
  EXPECT_EQ(got.id, 9007199254740991u);
  EXPECT_EQ(got.sdp, "a\r\nb");
}

// Browsers make a text of whatever stands there; other readers look elsewhere or ignore case.
TEST(HubJsonReadTest, ADescriptionIsAnObjectWithOneStringAsSdp) {
  HubJsonReader reader;
  for (const std::string_view body : {"1",
                                      "null",
                                      "\"v=0\"",
                                      "[]",
                                      "[{\"sdp\":\"v=0\"}]",
                                      "{}",
                                      R"({"sdp":1})",
                                      R"({"sdp":null})",
                                      R"({"sdp":["v=0"]})",
                                      R"({"sdp":{"0":"v=0"}})",
                                      R"({"sdp":{"sdp":"v=0"}})",
                                      R"({"sdp":"v=0","SDP":"v=1"})",
                                      R"({"sdp":"v=0","\u017fdp":"v=1"})",
                                      R"({"Sdp":"v=0"})",
                                      R"({"sdp":"v=0","s\u0064p":"v=1"})",
                                      R"({"sdp":"v=0","x":{"sdp":"v=1"}})",
                                      R"({"sdp":"v=0","x":[[{"SDP":"v=1"}]]})",
                                      R"({"sdp":"v=0","type":"offer","type":"answer"})",
                                      R"({"sdp":"v=0","x":"a=f\u0069ngerprint:sha-256 AB"})",
                                      R"({"sdp":"v=0","x":[["FINGERPRINT"]]})",
                                      R"({"sdp":"v=0","fingerprint":"AB"})",
                                      R"({"sdp":"v=0","x":{"dtls":{"fingerprints":[]}}})"}) {
    for (const std::string_view kind : {"offer", "answer"}) {
      const auto read =
          reader.read(R"({"target":"b","id":5,")" + std::string(kind) + "\":" + std::string(body) + "}");
      ASSERT_FALSE(read) << body;
      EXPECT_EQ(read.error().id, 5u) << body;
    }
  }
  for (const std::string_view body :
       {R"({"sdp":""})",
        R"({"type":"offer","sdp":"v=0","call":"x","again":true,"n":{"a":[1,null,{"b":"c"}]}})"})
    EXPECT_TRUE(reader.read(R"({"target":"b","offer":)" + std::string(body) + "}")) << body;
}

// Receivers put them into the description that they have.
TEST(HubJsonReadTest, ACandidateHoldsNoFingerprint) {
  HubJsonReader reader;
  const auto read = [&](std::string_view kind, std::string_view body) {
    return reader.read(R"({"target":"b","id":5,")" + std::string(kind) + "\":" + std::string(body) + "}");
  };
  for (const std::string_view body :
       {R"("candidate:1 1 udp 1 192.0.2.1 9 typ host\r\na=fingerprint:sha-256 AB")",
        R"({"candidate":"candidate:1\r\na=Fingerprint:sha-256 AB"})", R"({"fingerprint":1})",
        R"([[["fingerprint"]]])"}) {
    const auto refused = read("candidate", body);
    ASSERT_FALSE(refused) << body;
    EXPECT_EQ(refused.error().id, 5u);
    EXPECT_TRUE(read("data", body)) << "an application's own";
  }
  for (const std::string_view body :
       {"null", "\"\"", R"({"candidate":"candidate:1","sdpMid":"0","sdp":"x"})"})
    EXPECT_TRUE(read("candidate", body)) << body;
}

TEST(HubJsonReadTest, TakesConfirmations) {
  HubJsonReader reader;
  EXPECT_EQ(std::get<Seen>(*reader.read(R"({"seen":17})")).n, 17u);
  EXPECT_EQ(std::get<Seen>(*reader.read(R"({"seen":0})")).n, 0u);
}

TEST(HubJsonReadTest, SaysWhatIsWrongAndWithWhich) {
  const struct {
    std::string_view text;
    std::string_view begins;
    std::optional<uint64_t> id;
  } cases[] = {
      {"", "not JSON", {}},
      {"{", "not JSON", {}},
      {"{}x", "not JSON", {}},
      {R"({"target":"b","data":})", "not JSON", {}},
      {R"({"target":"b","data":tru})", "not JSON", {}},
      {R"({"target":"b","data":01})", "not JSON", {}},
      {"{\"target\":\"b\",\"data\":\"\n\"}", "not JSON", {}},
      {R"({"target":"b","data":"\x"})", "not JSON", {}},
      {R"({"target":"b","data":[1,]})", "not JSON", {}},
      {R"({'target':'b'})", "not JSON", {}},
      {R"({"id":7,"target":"b","data":tru})", "not JSON", 7},
      {R"({"target":"b","data":{"id":6}, "id" : 7 ,x})", "not JSON", 7},
      {R"({"target":"\"id\":5,","id":7)", "not JSON", 7},
      {R"({"id":7,"data":"\x"})", "not JSON", 7},
      {R"({"data":"\x\","id":7})", "not JSON", {}},
      {R"({"id":-7,x})", "not JSON", {}},
      {R"({"id":7.5,x})", "not JSON", {}},
      {R"([{"id":7},x])", "not JSON", {}},
      {"[]", "not an object", {}},
      {"null", "not an object", {}},
      {"\"target\"", "not an object", {}},
      {"{}", "target:", {}},
      {R"({"data":1,"id":3})", "target:", 3},
      {R"({"target":7,"data":1})", "target:", {}},
      {R"({"target":["b"],"data":1,"id":3})", "target:", 3},
      {R"({"target":null,"data":1})", "target:", {}},
      {R"({"target":"b"})", "exactly one", {}},
      {R"({"target":"b","id":4})", "exactly one", 4},
      {R"({"target":"b","offer":1,"answer":2,"id":4})", "exactly one", {}},
      {R"({"id":4,"target":"b","offer":1,"answer":2})", "exactly one", 4},
      {R"({"id":4,"target":"b","offer":{"sdp":["v=0"]}})", "an offer or answer must be", 4},
      {R"({"id":4,"target":"b","offer":{"sdp":"","sdp":""}})", "a key stands twice", 4},
      {R"({"target":"b","data":1,"data":2})", "exactly one", {}},
      {R"({"target":"b","target":"c","data":2})", "a key stands twice", {}},
      {R"({"target":"b","data":1,"id":"4"})", "id:", {}},
      {R"({"target":"b","data":1,"id":-4})", "id:", {}},
      {R"({"target":"b","data":1,"id":1.5})", "id:", {}},
      {R"({"target":"b","data":1,"id":9007199254740992})", "id:", {}},
      {R"({"seen":"1"})", "seen:", {}},
      {R"({"seen":-1})", "seen:", {}},
      {R"({"seen":1,"target":"b","data":1})", "seen:", {}},
  };
  for (const auto& test : cases) {
    HubJsonReader reader;
    const auto read = reader.read(test.text);
    ASSERT_FALSE(read) << test.text;
    EXPECT_TRUE(read.error().text.starts_with(test.begins)) << test.text << " -> " << read.error().text;
    EXPECT_EQ(read.error().id, test.id) << test.text;
  }
}

TEST(HubJsonReadTest, NestingIsBounded) {
  HubJsonReader reader;
  const auto nested = [](size_t depth, std::string_view kind = "data") {
    return R"({"target":"b",")" + std::string(kind) + "\":" + std::string(depth, '[') +
           std::string(depth, ']') + "}";
  };
  EXPECT_TRUE(reader.read(nested(500)));
  EXPECT_TRUE(reader.read(nested(1000, "candidate")));
  EXPECT_FALSE(reader.read(nested(30'000)));
  EXPECT_TRUE(reader.read(nested(1)));  // a bad message leaves no trace
}

Relayed relayed(std::string body, std::optional<uint64_t> id, std::shared_ptr<const Peer> source) {
  Message message{
      .source = std::move(source), .kind = MessageKind::kOffer, .body = std::move(body), .id = id};
  return {.n = 5, .seq = 3, .message = std::make_shared<const Message>(std::move(message))};
}

TEST(HubJsonWriteTest, RelaysWithSourceAndNumbers) {
  std::string text = "what was there before";
  write_relayed_json(text, relayed(R"({"sdp":"x"})", 7, peer("bob \"b\"\n", kFingerprint)));
  EXPECT_EQ(json::parse(text), (json{{"source_fp", kFingerprint},
                                     {"source_name", "bob \"b\"\n"},
                                     {"n", 5},
                                     {"seq", 3},
                                     {"id", 7},
                                     {"offer", {{"sdp", "x"}}}}));
  write_relayed_json(text, relayed("null", std::nullopt, peer("bob", "")));
  EXPECT_EQ(text, R"({"source_fp":null,"source_name":"bob","n":5,"seq":3,"offer":null})");
}

TEST(HubJsonWriteTest, WelcomesWithPeersSessionAndIceServers) {
  Welcome welcome{.self = peer("a", kFingerprint), .session = "5e", .resumed = true};
  welcome.peers = {{welcome.self, true}, {peer("b", ""), false}};
  const auto got =
      json::parse(welcome_json(welcome, R"([{"urls":["stun:x"]}])", std::chrono::seconds(60), 65536));
  EXPECT_EQ(got["uid"], "ann");
  EXPECT_EQ(got["fp"], kFingerprint);
  EXPECT_EQ(got["session"], "5e");
  EXPECT_EQ(got["resumed"], true);
  EXPECT_EQ(got["ice_servers"], json::parse(R"([{"urls":["stun:x"]}])"));
  EXPECT_EQ(got["ice_servers_ttl"], 60);
  EXPECT_EQ(got["max_message"], 65536);
  ASSERT_EQ(got["peers"].size(), 2u);
  EXPECT_EQ(got["peers"][0]["name"], "a");
  EXPECT_EQ(got["peers"][0]["online"], true);
  EXPECT_EQ(got["peers"][1]["fp"], nullptr);
  EXPECT_EQ(got["peers"][1]["verified"], true);
  EXPECT_EQ(got["peers"][1]["last_connect"], nullptr);
}

TEST(HubJsonWriteTest, TellsReceiptsUpdatesAndErrors) {
  const auto bob = peer("bob", kFingerprint);
  EXPECT_EQ(
      json::parse(receipt_json({.n = 1, .id = 2, .status = ReceiptStatus::kQueued, .target = bob}))["status"],
      "queued");
  const auto delivered = json::parse(receipt_json({.n = 1, .id = 2, .target = bob}));
  EXPECT_EQ(delivered["ack"], 2);
  EXPECT_EQ(delivered["status"], "delivered");
  EXPECT_EQ(delivered["n"], 1);
  const auto lost = json::parse(
      receipt_json({.n = 1, .id = 2, .status = ReceiptStatus::kNotDelivered, .target = bob, .text = "late"}));
  EXPECT_EQ(lost["nack"], 2);
  EXPECT_EQ(lost["code"], 410);
  EXPECT_EQ(lost["text"], "late");
  const auto update = json::parse(peer_update_json(
      {.n = 4, .peer = bob, .before = peer("rob", kFingerprint), .online = true, .removed = true}));
  EXPECT_EQ(update["source_fp"], kFingerprint);
  EXPECT_EQ(update["peer_update"]["old_name"], "rob");
  EXPECT_EQ(update["peer_update"]["removed"], true);
  EXPECT_EQ(json::parse(error_json({404, "no such peer", 9})),
            (json{{"code", 404}, {"text", "no such peer"}, {"nack", 9}}));
  EXPECT_EQ(json::parse(error_json({401, "wait", std::nullopt})), (json{{"code", 401}, {"text", "wait"}}));
  EXPECT_EQ(json::parse(error_json({429, "wait", 9, std::chrono::milliseconds(20)}))["retry_after_ms"], 20);
}

}  // namespace
}  // namespace signaling::dialects
