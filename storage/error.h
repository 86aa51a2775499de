// What can go wrong with stored data, told so that an operator knows what to do.
#pragma once

#include <expected>
#include <string>

namespace storage {

// Chosen by what the caller can do next.
enum class Fault {
  kFull,         // no room on the disk: free some, then try again
  kBusy,         // another process kept the database locked longer than the busy timeout: try again
  kOverloaded,   // the write queue is full: shed load, try later
  kConflict,     // it exists already
  kNotFound,     // it does not exist
  kInvalid,      // the value cannot be stored as it is: the caller's mistake
  kSpent,        // a token that was good once: used, expired or revoked; ask for a new one
  kNameGone,     // a stranger made the account meanwhile that was to be made: take another name, or remove it
  kLimit,        // a bound on how many there may be is reached: remove one, or raise the bound
  kDenied,       // no right to open or write the file or its directory
  kCorrupt,      // the file is damaged or no database: restore a backup
  kNewerSchema,  // a newer icebox wrote this file: run that one
  kIo,           // the disk or the file system reports an error
};

// The disk's fault or another process's, not that of what was asked: the operator must hear of it.
[[nodiscard]] constexpr bool is_of_storage(Fault fault) {
  using enum Fault;
  return fault == kFull || fault == kBusy || fault == kOverloaded || fault == kDenied || fault == kCorrupt ||
         fault == kIo;
}

// A failed operation. `text` is one line naming the file, the cause and the cure, fit for stderr and for a
// log: it holds no user name, key or other stored value.
struct StorageError {
  Fault fault;
  std::string text;
};

template <typename Value>
using Result = std::expected<Value, StorageError>;
using Outcome = std::expected<void, StorageError>;

}  // namespace storage
