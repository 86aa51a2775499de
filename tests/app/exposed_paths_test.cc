#include "app/exposed_paths.h"

#include <gmock/gmock.h>

#include <fstream>

#include "tests/net/scratch_directory.h"

namespace app {
namespace {

namespace fs = std::filesystem;

class ExposedPathsTest : public testing::Test {
 protected:
  fs::path file(const char* name, int mode) {
    const auto path = directory_.path() / name;
    std::ofstream(path).put('x');
    fs::permissions(path, static_cast<fs::perms>(mode));
    return path;
  }
  std::vector<std::string> exposed() {
    std::vector<std::string> paths;
    for (const auto& one : exposed_paths(directory_.path())) paths.push_back(one.path);
    return paths;
  }

  net::ScratchDirectory directory_;
};

TEST_F(ExposedPathsTest, WhatIsPrivateOrTheGroupsIsNot) {
  file("icebox.db", 0600);
  file("key.pem", 0640);
  EXPECT_THAT(exposed(), testing::IsEmpty());
}

TEST_F(ExposedPathsTest, FilesAndTheDirectoryThatOthersMayReadAre) {
  file("icebox.db-wal", 0600);
  const auto database = file("icebox.db", 0644);
  fs::create_symlink("/etc/hostname", directory_.path() / "link");
  EXPECT_THAT(exposed(), testing::ElementsAre(database.string()));
  fs::permissions(directory_.path(), static_cast<fs::perms>(0755));
  EXPECT_THAT(exposed(), testing::ElementsAre(directory_.path().string(), database.string()));
  EXPECT_TRUE(exposed_paths(directory_.path()).front().is_directory);
}

TEST_F(ExposedPathsTest, ADirectoryThatIsNotThereIsNot) {
  EXPECT_TRUE(exposed_paths(directory_.path() / "none").empty());
}

}  // namespace
}  // namespace app
