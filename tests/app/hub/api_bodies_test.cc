#include "app/hub/api_bodies.h"

#include <gtest/gtest.h>

namespace app::hub {
namespace {

const std::string kFingerprint = "\"" + std::string(64, 'a') + "\"";
const std::string kCanonical(64, 'A');
const std::string kToken = "ibx_" + std::string(43, 'A');
const std::string kSixtyFive = "\"" + std::string(65, 'x') + "\"";

// {"name":value,..}; empty values are left out.
std::string object(std::initializer_list<std::pair<std::string, std::string>> members) {
  std::string body = "{";
  for (const auto& [name, value] : members) {
    if (value.empty()) continue;
    body += body.size() > 1 ? "," : "";
    body += "\"" + name + "\":" + value;
  }
  return body + "}";
}

struct Refused {
  std::string body;
  std::string_view word;  // of the refusal's text
};

template <typename Reader>
void expect_refused(Reader read, const std::vector<Refused>& cases) {
  for (const auto& test : cases) {
    const auto asked = read(test.body);
    ASSERT_FALSE(asked) << test.body;
    EXPECT_EQ(asked.error().code, 400) << test.body;
    EXPECT_NE(asked.error().text.find(test.word), std::string::npos)
        << test.body << ": " << asked.error().text;
  }
}

TEST(ApiBodiesTest, AreObjectsOrNothing) {
  for (const std::string_view body : {"", "{}", " {\"more\":[{}]} ", "{\"target\":null,\"name\":7}"})
    EXPECT_FALSE(refuse_unless_object(body)) << body;
  for (const std::string_view body :
       {" ", "{", "[]", "7", "null", "\"x\"", "{}x", "{}{}", "{\"a\":1,}", "{\"a\":\"\xff\"}",
        "{\"a\":\"\\ud800\"}", "{\"a\":\"\n\"}", "{\"a\":1e999999}", "{'a':1}", "{/**/}"})
    EXPECT_TRUE(refuse_unless_object(body)) << body;
}

// However deep the brackets go: nothing here calls itself for each.
TEST(ApiBodiesTest, DepthCostsNoStack) {
  const std::string open(120'000, '['), close(open.size(), ']');
  EXPECT_FALSE(refuse_unless_object("{\"more\":" + open + close + "}"));
  EXPECT_TRUE(refuse_unless_object("{\"more\":" + open + close));
}

TEST(ApiBodiesTest, RedemptionIsCheckedAndCanonical) {
  const auto quoted = "\"" + kToken + "\"";
  const auto least = read_redemption(object({{"invitation", quoted}, {"name", "\" phone \""}}));
  ASSERT_TRUE(least);
  EXPECT_EQ(least->invitation, signaling::hash_token(kToken));
  EXPECT_EQ(least->name, "phone");
  EXPECT_EQ(least->kind + least->fingerprint, "");

  const auto whole = read_redemption(object(
      {{"invitation", quoted}, {"name", "\"\\u00fc\""}, {"kind", "\"browser\""}, {"fp", kFingerprint}}));
  ASSERT_TRUE(whole);
  EXPECT_EQ(whole->name, "\u00fc");
  EXPECT_EQ(whole->kind, "browser");
  EXPECT_EQ(whole->fingerprint, kCanonical);
  EXPECT_TRUE(read_redemption(
      object({{"invitation", quoted}, {"name", "\"phone\""}, {"kind", "null"}, {"fp", "null"}})));
}

TEST(ApiBodiesTest, RedemptionIsRefusedByMember) {
  const auto with = [](const std::string& invitation, const std::string& name, const std::string& kind,
                       const std::string& fp) {
    return object({{"invitation", invitation}, {"name", name}, {"kind", kind}, {"fp", fp}});
  };
  const auto quoted = "\"" + kToken + "\"", phone = std::string("\"phone\"");
  expect_refused(read_redemption, {{"[]", "object"},
                                   {"", "invitation"},
                                   {with("", phone, "", ""), "invitation"},
                                   {with("\"ibx_x\"", phone, "", ""), "invitation"},
                                   {with("[" + quoted + "]", phone, "", ""), "invitation must be a string"},
                                   {with(quoted, "", "", ""), "name"},
                                   {with(quoted, "null", "", ""), "name"},
                                   {with(quoted, "7", "", ""), "name must be a string"},
                                   {with(quoted, kSixtyFive, "", ""), "name"},
                                   {with(quoted, "\"a\\u0000b\"", "", ""), "name"},
                                   {with(quoted, kFingerprint, "", ""), "name"},
                                   {with(quoted, phone, kSixtyFive, ""), "kind"},
                                   {with(quoted, phone, "{}", ""), "kind must be a string"},
                                   {with(quoted, phone, "", "\"12\""), "fp"},
                                   {with(quoted, phone, "", "12"), "fp must be a string"}});
}

TEST(ApiBodiesTest, RegistrationIsCheckedAndRefusedByMember) {
  const auto peer = read_registration(
      object({{"user", "\"ann\""}, {"name", "\"x\""}, {"name", "\"phone\""}, {"fp", kFingerprint}}));
  ASSERT_TRUE(peer);
  EXPECT_EQ(peer->user, "ann");
  EXPECT_EQ(peer->name, "phone");  // the last of two
  EXPECT_EQ(peer->kind, "");
  EXPECT_EQ(peer->fingerprint, kCanonical);
  expect_refused(read_registration,
                 {{"7", "object"},
                  {"", "user"},
                  {R"({"user":["ann"],"name":"phone"})", "user must be a string"},
                  {R"({"user":"ann"})", "name"},
                  {R"({"user":"ann","name":"phone","kind":false})", "kind must be a string"},
                  {R"({"user":"ann","name":"phone","fp":64})", "fp must be a string"},
                  {R"({"user":"ann","name":"phone","fp":"64"})", "fp"},
                  {object({{"user", kSixtyFive}, {"name", "\"phone\""}}), "user"}});
}

TEST(ApiBodiesTest, VerificationIsByPasswordOrByTarget) {
  const struct {
    std::string_view body;
    std::optional<std::string> password;
    std::string_view target;
  } cases[] = {
      {R"({"otp":"123456"})", "123456", ""},
      {R"({"otp":""})", "", ""},
      {R"({"otp":"123456","target":"phone"})", "123456", ""},
      {R"({"target":"phone"})", std::nullopt, "phone"},
      {R"({"target":""})", std::nullopt, ""},
  };
  for (const auto& test : cases) {
    const auto wanted = read_verification(test.body);
    ASSERT_TRUE(wanted) << test.body;
    EXPECT_EQ(wanted->password, test.password) << test.body;
    EXPECT_EQ(wanted->target, test.target) << test.body;
  }
  expect_refused(read_verification, {{"{", "object"},
                                     {"", "otp"},
                                     {R"({"otp":123456})", "otp must be a string"},
                                     {R"({"otp":null})", "otp must be a string"},
                                     {R"({"target":null})", "target must be a string"},
                                     {R"({"target":{"name":"phone"}})", "target must be a string"}});
}

// Who asks for the end of something that it has no name of does not mean itself.
TEST(ApiBodiesTest, NoTargetIsOneselfAndNullIsNobody) {
  EXPECT_EQ(read_removal("").value().target, std::nullopt);
  EXPECT_EQ(read_removal("{}").value().target, std::nullopt);
  EXPECT_EQ(read_removal(R"({"target":"phone"})").value().target, "phone");
  EXPECT_EQ(read_removal(R"({"target":""})").value().target, "");
  expect_refused(read_removal, {{"[]", "object"},
                                {R"({"target":null})", "target must be a string"},
                                {R"({"target":7})", "target must be a string"}});
}

TEST(ApiBodiesTest, RenamingWantsANameThatFits) {
  const auto self = read_renaming(R"({"name":" laptop"})");
  ASSERT_TRUE(self);
  EXPECT_EQ(self->name, "laptop");
  EXPECT_EQ(self->target, std::nullopt);
  EXPECT_EQ(read_renaming(R"({"name":"laptop","target":"phone"})").value().target, "phone");
  expect_refused(read_renaming, {{"", "name"},
                                 {R"({"name":null})", "name"},
                                 {R"({"name":7})", "name must be a string"},
                                 {R"({"name":"laptop","target":7})", "target must be a string"},
                                 {object({{"name", kSixtyFive}}), "name"}});
}

// The rest of it is checked only where it makes a peer (check_new_peer).
TEST(ApiBodiesTest, ClaimHasACanonicalFingerprint) {
  const auto claim =
      read_claim(object({{"fp", kFingerprint}, {"uid", "\"ann\""}, {"name", kSixtyFive}, {"kind", "\"x\""}}));
  ASSERT_TRUE(claim);
  EXPECT_EQ(claim->fingerprint, kCanonical);
  EXPECT_EQ(claim->user, "ann");
  EXPECT_EQ(claim->name.size(), 65u);
  EXPECT_EQ(claim->kind, "x");
  const auto nothing = read_claim("");
  ASSERT_TRUE(nothing);
  EXPECT_EQ(nothing->fingerprint + nothing->user + nothing->name + nothing->kind, "");
  expect_refused(read_claim, {{"\"\"", "object"},
                              {R"({"fp":"12"})", "fp"},
                              {R"({"fp":12})", "fp must be a string"},
                              {R"({"uid":{}})", "uid must be a string"},
                              {R"({"name":[]})", "name must be a string"},
                              {R"({"kind":0})", "kind must be a string"}});
}

}  // namespace
}  // namespace app::hub
