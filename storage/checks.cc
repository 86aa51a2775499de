#include "storage/checks.h"

#include <string>
#include <utility>

#include "storage/sqlite_error.h"

namespace storage {

Outcome check_text(Connection& connection, std::string_view what, std::string_view text, size_t max_octets) {
  if (!text.empty() && text.size() <= max_octets && text.find('\0') == std::string_view::npos) return {};
  return refuse(
      connection, Fault::kInvalid,
      std::string(what) + " is empty, longer than " + std::to_string(max_octets) + " octets, or holds a NUL",
      "choose another one");
}

std::unexpected<StorageError> refuse(const Connection& connection, Fault fault, std::string_view cause,
                                     std::string_view cure) {
  return std::unexpected(storage_error(fault, connection.file(), cause, cure));
}

std::unexpected<StorageError> refuse_self_registered(const Connection& connection) {
  return refuse(connection, Fault::kConflict, "this user registered itself: it may be a stranger's",
                "look at it with `icebox peer list`; if you mean it, say --self-registered");
}

std::unexpected<StorageError> explain_conflict(const Connection& connection, StorageError error,
                                               std::string_view cause, std::string_view cure) {
  if (error.fault == Fault::kConflict) return refuse(connection, Fault::kConflict, cause, cure);
  return std::unexpected(std::move(error));
}

}  // namespace storage
