#include "app/wrap.h"

#include <gtest/gtest.h>

namespace app {
namespace {

constexpr Indents kIndents{.first = "- ", .further = "  "};

TEST(WrapTest, LinesBreakAtSpacesAndAreNoLongerThanTheTerminal) {
  EXPECT_EQ(wrapped("one two three", kIndents, 9), "- one two\n  three\n");
  EXPECT_EQ(wrapped("one two three", kIndents, 8), "- one\n  two\n  three\n");
}

TEST(WrapTest, AWordLongerThanTheTerminalStaysWhole) {
  EXPECT_EQ(wrapped("a /very/long/path b", kIndents, 10), "- a\n  /very/long/path\n  b\n");
  EXPECT_EQ(wrapped("/very/long/path", kIndents, 10), "- /very/long/path\n");
}

TEST(WrapTest, ColumnsWithinALineStayApart) {
  EXPECT_EQ(wrapped("one   two   three", kIndents, 11), "- one   two\n  three\n");
}

TEST(WrapTest, PipesAndFilesHaveOneLineAsItIs) {
  EXPECT_EQ(wrapped("one  two three", kIndents, std::nullopt), "- one  two three\n");
  EXPECT_EQ(wrapped_finding("too small; run: sysctl -w a=1", std::nullopt),
            "  ! too small; run: sysctl -w a=1\n");
}

TEST(WrapTest, ACommandIsWholeOnALineOfItsOwn) {
  EXPECT_EQ(wrapped_finding("the buffer is too small; run: sysctl -w a=1 b=2 c=3", 20),
            "  ! the buffer is\n    too small; run:\n      sysctl -w a=1 b=2 c=3\n");
  EXPECT_EQ(wrapped_finding("no name: set one", 12), "  ! no name:\n    set one\n");
}

}  // namespace
}  // namespace app
