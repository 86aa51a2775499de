// The table of long-term users. Every verb is one statement: outside a transaction it is durable on return.
// For the command line call these directly; in the server hand them to Store::submit as jobs.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "storage/connection.h"
#include "storage/user.h"
#include "storage/user_snapshot.h"

namespace storage {

// kConflict if a user of that name, or with that userhash, exists; kInvalid if the name or realm breaks the
// bounds given in user.h. Like every verb here also kBusy, kFull, kCorrupt, kDenied, kIo.
[[nodiscard]] Outcome add_user(Connection& connection, std::string_view name, const UserKeys& keys,
                               base::WallTime now);

// Replaces all keys of a user. kNotFound, kConflict (the userhash is another's), kInvalid (realm).
[[nodiscard]] Outcome set_password(Connection& connection, std::string_view name, const UserKeys& keys,
                                   base::WallTime now);

// kNotFound if there is no such user.
[[nodiscard]] Outcome remove_user(Connection& connection, std::string_view name);

// All users in the order of their names' octets.
[[nodiscard]] Result<std::vector<User>> list_users(Connection& connection);

// Grows with every change of the table, by whatever process.
[[nodiscard]] Result<uint64_t> read_user_revision(Connection& connection);

// All users and the revision that they are of. Not inside a transaction. About 1 µs per user (measured with
// 100,000).
[[nodiscard]] Result<std::shared_ptr<const UserSnapshot>> load_user_snapshot(Connection& connection);

}  // namespace storage
