// What the verbs of several tables check, and how they say so. Internal to storage.
#pragma once

#include <optional>
#include <string_view>

#include "base/time.h"
#include "storage/connection.h"

namespace storage {

// kInvalid unless `text` has 1 to `max_octets` octets and no NUL: SQL compares text with an embedded NUL in
// undefined ways, and other programs would see it cut short. `what` names it in the error.
[[nodiscard]] Outcome check_text(Connection& connection, std::string_view what, std::string_view text,
                                 size_t max_octets);

// An error of the file that `connection` is open on.
[[nodiscard]] std::unexpected<StorageError> refuse(const Connection& connection, Fault fault,
                                                   std::string_view cause, std::string_view cure);

// Of SelfRegistered::kRefuse.
[[nodiscard]] std::unexpected<StorageError> refuse_self_registered(const Connection& connection);

// `error`, told as `cause` and `cure` if it is a conflict.
[[nodiscard]] std::unexpected<StorageError> explain_conflict(const Connection& connection, StorageError error,
                                                             std::string_view cause, std::string_view cure);

[[nodiscard]] inline int64_t to_seconds(base::WallTime time) { return time.time_since_epoch().count(); }
[[nodiscard]] inline base::WallTime from_seconds(int64_t seconds) {
  return base::WallTime(std::chrono::seconds(seconds));
}

// Columns that may be NULL.
[[nodiscard]] inline Value nullable(std::optional<base::WallTime> time) {
  return time ? Value(to_seconds(*time)) : Value();
}
[[nodiscard]] inline Value nullable(std::string_view text) { return text.empty() ? Value() : Value(text); }
[[nodiscard]] inline Value nullable(base::Bytes bytes) { return bytes.empty() ? Value() : Value(bytes); }
[[nodiscard]] inline std::optional<base::WallTime> optional_time(const Statement& row, int column) {
  if (row.is_null(column)) return std::nullopt;
  return from_seconds(row.integer(column));
}

}  // namespace storage
