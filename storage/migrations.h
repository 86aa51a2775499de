// The schema as a row of numbered steps. Internal to storage.
#pragma once

#include <span>

#include "storage/connection.h"

namespace storage {

// Step N, counted from 1, takes a file from schema N-1 to N; schema 0 is an empty file. The last one is
// current. A step that was once released is never changed: a correction is a new step.
[[nodiscard]] std::span<const Sql> migrations();

// The file's schema number, or kNewerSchema if this program does not know it. Changes nothing.
[[nodiscard]] Result<size_t> read_schema_version(Connection& connection);

// Brings the file to the current schema, each step in a transaction of its own: a crash leaves a whole
// schema, and the next start goes on from there. Two processes may do this at the same time. Foreign keys are
// not enforced on `connection` yet: a step may make a table anew that others refer to.
[[nodiscard]] Outcome migrate(Connection& connection);

}  // namespace storage
