#include "app/control_request.h"

#include <gtest/gtest.h>

namespace app {
namespace {

TEST(ControlRequestTest, ReadsEachCommand) {
  for (const auto command : {ControlCommand::kStatus, ControlCommand::kSessions, ControlCommand::kReload,
                             ControlCommand::kDrain}) {
    const auto request =
        parse_control_request(R"({"command":")" + std::string(to_text(command)) + R"(","id":7})");
    ASSERT_TRUE(request) << to_text(command);
    EXPECT_EQ(request->command, command);
  }
}

TEST(ControlRequestTest, KicksAnIdOrAUser) {
  const struct {
    std::string_view line;
    std::optional<relay::AllocationId> id;
    std::string_view user;
  } cases[] = {
      {R"({"command":"kick","id":"00000000000000fF"})", 255, ""},
      {R"({"command":"kick","user":"alice"})", std::nullopt, "alice"},
      {R"({"command":"kick","id":"","user":"alice"})", std::nullopt, "alice"},
      {R"({"command":"kick","id":"1","user":"alice"})", 1, "alice"},
  };
  for (const auto& test : cases) {
    const auto request = parse_control_request(test.line);
    ASSERT_TRUE(request) << test.line;
    EXPECT_EQ(request->command, ControlCommand::kKick);
    EXPECT_EQ(request->id, test.id) << test.line;
    EXPECT_EQ(request->user, test.user) << test.line;
  }
}

TEST(ControlRequestTest, RefusesTheRestWithTheCure) {
  const struct {
    std::string_view line, word;
  } cases[] = {
      {"", "command"},
      {"{", "command"},
      {"[]", "command"},
      {R"({"command":7})", "command"},
      {R"({"command":null})", "command"},
      {R"({"command":"stop"})", "known: status"},
      {R"({"command":"kick"})", "kick needs"},
      {R"({"command":"kick","id":7})", "kick needs"},
      {R"({"command":"kick","id":"0x1"})", "kick needs"},
      {R"({"command":"kick","id":"10000000000000000"})", "kick needs"},
      {R"({"command":"kick","user":["alice"]})", "kick needs"},
      {R"({"command":"kick","id":"1","user":7})", "kick needs"},
      // Whoever mistypes an id does not mean all sessions of the user.
      {R"({"command":"kick","id":"1g","user":"alice"})", "kick needs"},
  };
  for (const auto& test : cases) {
    const auto request = parse_control_request(test.line);
    ASSERT_FALSE(request) << test.line;
    EXPECT_NE(request.error().find(test.word), std::string::npos) << test.line << ": " << request.error();
  }
}

}  // namespace
}  // namespace app
