// Many writes, one sync of the disk. Internal to storage.
#pragma once

#include <functional>
#include <span>
#include <vector>

#include "storage/connection.h"

namespace storage {

// One write: calls verbs of users.h, meta.h, ... on the connection it is given and returns the first error.
// Runs inside a transaction and begins none; may be run again after a failed try, so it keeps what it needs.
// Must not throw.
using Job = std::move_only_function<Outcome(Connection&)>;

// Runs `jobs` in order in one transaction and commits it; the outcomes stand in the same order. A job that
// fails leaves nothing behind and does not harm the others. If the transaction itself is lost (disk full),
// each job is tried again alone, so that one which fits, or frees space, still succeeds.
[[nodiscard]] std::vector<Outcome> run_batch(Connection& connection, std::span<Job> jobs);

}  // namespace storage
