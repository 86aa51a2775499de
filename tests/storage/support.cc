#include "tests/storage/support.h"

#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <random>

namespace storage {
namespace {

template <size_t Octets>
void fill(std::array<uint8_t, Octets>& key, std::mt19937_64& numbers) {
  for (auto& octet : key) octet = static_cast<uint8_t>(numbers());
}

[[noreturn]] void wait_and_work(int start, const std::function<bool()>& work) {
  char byte = 0;
  const bool started = ::read(start, &byte, 1) == 1;
  bool well = false;
  try {
    well = started && work();
  } catch (const std::exception& error) {
    static_cast<void>(!::write(STDERR_FILENO, error.what(), std::string_view(error.what()).size()));
  }
  ::_exit(well ? 0 : 1);
}

}  // namespace

TemporaryDirectory::TemporaryDirectory() {
  auto name = (std::filesystem::temp_directory_path() / "icebox_storage_XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary directory");
  path_ = name;
}

TemporaryDirectory::~TemporaryDirectory() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

UserKeys keys_of(std::string_view seed) {
  std::seed_seq octets(seed.begin(), seed.end());
  std::mt19937_64 numbers(octets);
  UserKeys keys{.realm = "example.org"};
  fill(keys.md5, numbers);
  fill(keys.sha256, numbers);
  fill(keys.userhash, numbers);
  return keys;
}

OtherProcess::OtherProcess(const std::function<bool()>& work) {
  int ends[2];
  if (::pipe(ends) != 0) throw std::runtime_error("no pipe");
  std::fflush(nullptr);  // or both processes print what waits
  pid_ = ::fork();
  if (pid_ == 0) {
    ::close(ends[1]);
    wait_and_work(ends[0], work);
  }
  ::close(ends[0]);
  starter_ = ends[1];
}

OtherProcess::~OtherProcess() {
  if (pid_ > 0) static_cast<void>(ends_well());
}

void OtherProcess::go() {
  if (::write(starter_, "g", 1) != 1) throw std::runtime_error("the other process is gone");
}

bool OtherProcess::ends_well() {
  ::close(starter_);
  int status = 0;
  ::waitpid(std::exchange(pid_, -1), &status, 0);
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

}  // namespace storage
