// From SQLite's result codes to faults with a cure. Internal to storage.
#pragma once

#include <filesystem>
#include <string_view>

#include "storage/error.h"

struct sqlite3;

namespace storage {

// "FILE: CAUSE; CURE", the one shape of every StorageError.
[[nodiscard]] StorageError storage_error(Fault fault, const std::filesystem::path& file,
                                         std::string_view cause, std::string_view cure);

// What `code`, an SQLite result code other than SQLITE_OK, means for `file`. `database` has just returned it
// and still holds its message; null if SQLite could not even make a handle.
[[nodiscard]] StorageError sqlite_error(int code, sqlite3* database, const std::filesystem::path& file);

}  // namespace storage
