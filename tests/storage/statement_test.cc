#include "storage/statement.h"

#include <gmock/gmock.h>

#include <string>
#include <type_traits>
#include <vector>

#include "storage/connection.h"
#include "tests/storage/support.h"

namespace storage {
namespace {

class StatementTest : public testing::Test {
 protected:
  Connection connection_ = must(Connection::open(":memory:", std::chrono::milliseconds(0)));
};

TEST_F(StatementTest, EachKindOfValueComesBackAsItWent) {
  const std::vector<uint8_t> octets{0, 255, 0, 7};
  auto row = must(connection_.query("SELECT ?1, ?2, ?3", {int64_t{-5}, "grün", octets}));
  ASSERT_TRUE(must(row.step()));
  EXPECT_EQ(row.integer(0), -5);
  EXPECT_EQ(row.text(1), "grün");
  EXPECT_THAT(row.bytes(2), testing::ElementsAreArray(octets));
  EXPECT_FALSE(must(row.step()));
}

TEST_F(StatementTest, EmptyValuesAreNotNull) {
  auto row = must(connection_.query("SELECT ?1 IS NULL, ?2 IS NULL", {std::string_view(), base::Bytes()}));
  ASSERT_TRUE(must(row.step()));
  EXPECT_EQ(row.integer(0), 0);
  EXPECT_EQ(row.integer(1), 0);
}

TEST_F(StatementTest, NullReadsAsNothing) {
  auto row = must(connection_.query("SELECT NULL"));
  ASSERT_TRUE(must(row.step()));
  EXPECT_EQ(row.integer(0), 0);
  EXPECT_EQ(row.text(0), "");
  EXPECT_TRUE(row.bytes(0).empty());
}

TEST_F(StatementTest, ValuesMayBeGoneBeforeTheFirstStep) {
  auto row = must(connection_.query("SELECT ?1", {std::string(1000, 'x')}));
  ASSERT_TRUE(must(row.step()));
  EXPECT_EQ(row.text(0), std::string(1000, 'x'));
}

TEST_F(StatementTest, TooManyValuesAreRefused) { EXPECT_FALSE(connection_.query("SELECT ?1", {1, 2})); }

// Sql has a consteval constructor, which no trait can ask about; that no other way leads to it, one can.
static_assert(!std::is_constructible_v<Sql, std::string>);
static_assert(!std::is_constructible_v<Sql, std::string_view>);

}  // namespace
}  // namespace storage
