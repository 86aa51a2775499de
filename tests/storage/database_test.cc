#include "storage/database.h"

#include <gmock/gmock.h>
#include <sys/stat.h>

#include <fstream>
#include <memory>
#include <vector>

#include "storage/users.h"
#include "tests/storage/support.h"

namespace storage {
namespace {

class DatabaseTest : public testing::Test {
 protected:
  TemporaryDirectory temporary_;
  std::filesystem::path directory_ = temporary_.path() / "data";
  std::filesystem::path file_ = database_file(directory_);
};

TEST_F(DatabaseTest, WriteAheadLogFullSyncAndForeignKeysAreReallyOn) {
  auto connection = must(open_database(directory_));
  auto mode = must(connection.query("PRAGMA journal_mode"));
  ASSERT_TRUE(must(mode.step()));
  EXPECT_EQ(mode.text(0), "wal");
  EXPECT_EQ(must(connection.number("PRAGMA synchronous")), 2);
  EXPECT_EQ(must(connection.number("PRAGMA foreign_keys")), 1);
  EXPECT_EQ(must(connection.number("PRAGMA busy_timeout")), 5000);
  EXPECT_EQ(must(connection.number("PRAGMA secure_delete")), 1);
  must(add_user(connection, "alice", keys_of("alice"), kNow));
  EXPECT_GT(std::filesystem::file_size(file_.string() + "-wal"), 0u);
}

TEST_F(DatabaseTest, EveryFileIsTheOwnersOnly) {
  const auto connection = must(open_database(directory_));
  for (const auto& entry : std::filesystem::directory_iterator(directory_))
    EXPECT_EQ(entry.status().permissions(), std::filesystem::perms(0600)) << entry.path();
  EXPECT_EQ(std::filesystem::status(directory_).permissions(), std::filesystem::perms(0700));
}

TEST_F(DatabaseTest, WhatWasWrittenIsThereAfterReopening) {
  {
    auto connection = must(open_database(directory_));
    must(add_user(connection, "alice", keys_of("alice"), kNow));
  }
  auto connection = must(open_database(directory_));
  EXPECT_EQ(must(list_users(connection)).size(), 1u);
}

TEST_F(DatabaseTest, NewerSchemaIsRefusedAndTheFileStaysAsItWas) {
  std::filesystem::create_directory(directory_);
  std::ofstream(file_).close();
  {
    auto newer = must(Connection::open(file_, std::chrono::milliseconds(0)));
    must(newer.execute("PRAGMA user_version = 999"));
  }
  const auto opened = open_database(directory_);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().fault, Fault::kNewerSchema);
  auto again = must(Connection::open(file_, std::chrono::milliseconds(0)));
  auto mode = must(again.query("PRAGMA journal_mode"));
  ASSERT_TRUE(must(mode.step()));
  EXPECT_EQ(mode.text(0), "delete");
}

TEST_F(DatabaseTest, FileThatIsNoDatabaseGivesAClearError) {
  std::filesystem::create_directory(directory_);
  std::ofstream(file_) << std::string(8192, 'x');
  const auto opened = open_database(directory_);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().fault, Fault::kCorrupt);
  EXPECT_THAT(opened.error().text,
              testing::AllOf(testing::HasSubstr(file_.string()), testing::HasSubstr("restore a backup")));
}

TEST_F(DatabaseTest, DamagedPageGivesAClearErrorNotWrongUsers) {
  static_cast<void>(must(open_database(directory_)));
  const auto empty_size = std::filesystem::file_size(file_);  // the pages of the schema stay as they are
  {
    auto connection = must(open_database(directory_));
    for (int i = 0; i < 200; ++i) {
      const auto name = "user" + std::to_string(i);
      must(add_user(connection, name, keys_of(name), kNow));
    }
  }
  const auto size = std::filesystem::file_size(file_);
  std::fstream file(file_, std::ios::in | std::ios::out | std::ios::binary);
  for (uintmax_t at = empty_size; at < size; at += 4096) {
    file.seekp(static_cast<std::streamoff>(at));
    file << std::string(200, '\xff');
  }
  file.close();
  auto connection = must(open_database(directory_));
  const auto users = list_users(connection);
  ASSERT_FALSE(users);
  EXPECT_EQ(users.error().fault, Fault::kCorrupt);
}

TEST_F(DatabaseTest, ForeignTablesInTheFileAreCalledDamagedNotADiskError) {
  std::filesystem::create_directory(directory_);
  std::ofstream(file_).close();
  {
    auto foreign = must(Connection::open(file_, std::chrono::milliseconds(0)));
    must(foreign.execute("CREATE TABLE users (something)"));
  }
  const auto opened = open_database(directory_);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().fault, Fault::kCorrupt);
}

TEST_F(DatabaseTest, DirectoryThatCannotBeMadeIsNamed) {
  std::ofstream(directory_).close();
  const auto opened = open_database(directory_);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().fault, Fault::kDenied);
  EXPECT_THAT(opened.error().text, testing::HasSubstr(directory_.string()));
}

TEST_F(DatabaseTest, ProcessesThatOpenAndWriteAtOnceLoseNothing) {
  std::vector<std::unique_ptr<OtherProcess>> processes;
  for (int p = 0; p < 4; ++p)
    processes.push_back(std::make_unique<OtherProcess>([this, p] {
      auto connection = must(open_database(directory_, {.busy_timeout = std::chrono::seconds(60)}));
      for (int i = 0; i < 25; ++i) {
        const auto name = std::to_string(p) + "/" + std::to_string(i);
        must(add_user(connection, name, keys_of(name), kNow));
      }
      return true;
    }));
  for (auto& process : processes) process->go();
  for (auto& process : processes) EXPECT_TRUE(process->ends_well());
  auto connection = must(open_database(directory_));
  EXPECT_EQ(must(list_users(connection)).size(), 100u);
}

}  // namespace
}  // namespace storage
