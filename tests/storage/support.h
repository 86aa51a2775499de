// A directory to write in, keys to write, and other processes that write.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include "storage/error.h"
#include "storage/user.h"

namespace storage {

// Made empty, removed with all its content.
class TemporaryDirectory {
 public:
  TemporaryDirectory();
  ~TemporaryDirectory();
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

// The value, or a test that ends with the error's text.
template <typename Value>
Value must(Result<Value> result) {
  if (!result) throw std::runtime_error(result.error().text);
  if constexpr (!std::is_void_v<Value>) return *std::move(result);
}

inline constexpr base::WallTime kNow{std::chrono::seconds(1'700'000'000)};

// Keys as different as their seeds.
[[nodiscard]] UserKeys keys_of(std::string_view seed);

// Another process. Forked at once, so make it before this process opens a database: SQLite does not survive a
// fork. It starts to work at go() and ends with it; work is true if all went well.
class OtherProcess {
 public:
  explicit OtherProcess(const std::function<bool()>& work);
  ~OtherProcess();
  OtherProcess(const OtherProcess&) = delete;
  OtherProcess& operator=(const OtherProcess&) = delete;

  void go();
  [[nodiscard]] bool ends_well();  // waits for its end

 private:
  int starter_ = -1;  // write end of a pipe
  pid_t pid_ = -1;
};

}  // namespace storage
