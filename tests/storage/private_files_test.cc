#include "storage/private_files.h"

#include <gmock/gmock.h>
#include <sys/stat.h>

#include <fstream>

#include "tests/storage/support.h"

namespace storage {
namespace {

mode_t mode_of(const std::filesystem::path& path) {
  struct stat status{};
  return ::stat(path.c_str(), &status) == 0 ? status.st_mode & 07777 : 0;
}

TEST(PrivateFilesTest, DirectoryAndItsMissingParentsAreTheOwnersOnly) {
  const TemporaryDirectory directory;
  must(make_private_directory(directory.path() / "a" / "b"));
  EXPECT_EQ(mode_of(directory.path() / "a"), 0700);
  EXPECT_EQ(mode_of(directory.path() / "a" / "b"), 0700);
}

TEST(PrivateFilesTest, ExistingDirectoryKeepsItsMode) {
  const TemporaryDirectory directory;
  ASSERT_EQ(::chmod(directory.path().c_str(), 0750), 0);
  must(make_private_directory(directory.path()));
  EXPECT_EQ(mode_of(directory.path()), 0750);
}

TEST(PrivateFilesTest, FileIsTheOwnersOnlyAndAnExistingOneKeepsItsContent) {
  const TemporaryDirectory directory;
  const auto file = directory.path() / "f";
  must(make_private_file(file));
  EXPECT_EQ(mode_of(file), 0600);
  std::ofstream(file) << "kept";
  must(make_private_file(file));
  EXPECT_EQ(std::filesystem::file_size(file), 4u);
}

TEST(PrivateFilesTest, FileInTheWayOfTheDirectoryIsNamed) {
  const TemporaryDirectory directory;
  std::ofstream(directory.path() / "f").close();
  const auto made = make_private_directory(directory.path() / "f" / "data");
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().fault, Fault::kDenied);
  EXPECT_THAT(made.error().text, testing::HasSubstr((directory.path() / "f" / "data").string() + ": "));
}

TEST(PrivateFilesTest, EmptyNameIsAnErrorNotAnException) { EXPECT_FALSE(make_private_directory("")); }

}  // namespace
}  // namespace storage
