#include "signaling/dialects/ice_test_json.h"

#include <gtest/gtest.h>

namespace signaling::dialects {
namespace {

constexpr size_t kMaxBytes = 64 * 1024;

TEST(IceTestReadTest, MakesALineOfTheFourMembers) {
  const struct {
    std::string_view body, target, line;
  } cases[] = {
      {R"({"type":"offer","content":"v=0\r\n","to":"b","from":"a"})", "b",
       R"({"type":"offer","content":"v=0\r\n","to":"b","from":"a"})"},
      {R"( { "from" : "a", "to" : "\u0062", "more" : [{"to":"c"}] } )", "b",
       R"({"type":"","content":"","to":"b","from":"a"})"},
      {"{}", "", R"({"type":"","content":"","to":"","from":""})"},
      {R"({"type":null,"to":"b"})", "b", R"({"type":"","content":"","to":"b","from":""})"},
      {R"({"to":"b","to":"c"})", "c", R"({"type":"","content":"","to":"c","from":""})"},
      {R"({"to":"b","content":"\u00fc \ud83d\ude00 \"\\\/\u0000\n"})", "b",
       "{\"type\":\"\",\"content\":\"\u00fc \U0001F600 \\\"\\\\/\\u0000\\n\",\"to\":\"b\",\"from\":\"\"}"},
  };
  for (const auto& test : cases) {
    const auto message = read_ice_test_message(test.body, kMaxBytes);
    ASSERT_TRUE(message) << test.body;
    EXPECT_EQ(message->target, test.target) << test.body;
    EXPECT_EQ(message->body, std::string(test.line) + "\n") << test.body;
    EXPECT_EQ(message->kind, MessageKind::kOther);
    EXPECT_EQ(message->id, std::nullopt);
  }
}

TEST(IceTestReadTest, RefusesWhatIsNoMessage) {
  for (const std::string_view body :
       {"", " ", "{", "7", "null", "[]", "\"offer\"", "{}x", "{} {}", R"({"to":7})", R"({"to":["b"]})",
        R"({"to":"b","content":{"sdp":"v=0"}})", R"({"type":true})", R"({"from":{}})", R"({"to":"\ud800"})",
        "{\"to\":\"\xff\"}", "{\"to\":\"a\nb\"}", R"({"more":1e999999})"}) {
    const auto message = read_ice_test_message(body, kMaxBytes);
    ASSERT_FALSE(message) << body;
    EXPECT_EQ(message.error().code, 400) << body;
  }
}

TEST(IceTestReadTest, TakesWhatFitsAndNoMore) {
  const auto body_of = [](size_t bytes) {
    const std::string_view frame = R"({"to":"b","content":""})";
    return R"({"to":"b","content":")" + std::string(bytes - frame.size(), 'x') + "\"}";
  };
  EXPECT_TRUE(read_ice_test_message(body_of(kMaxBytes), kMaxBytes));
  const auto refused = read_ice_test_message(body_of(kMaxBytes + 1), kMaxBytes);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, 413);
}

// However deep the brackets go: nothing here calls itself for each.
TEST(IceTestReadTest, DepthCostsNoStack) {
  const std::string open(kMaxBytes / 2 - 16, '['), close(open.size(), ']');
  EXPECT_TRUE(read_ice_test_message(R"({"more":)" + open + close + "}", kMaxBytes));
  EXPECT_FALSE(read_ice_test_message(R"({"more":)" + open + close, kMaxBytes));
}

}  // namespace
}  // namespace signaling::dialects
