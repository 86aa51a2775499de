// The newest users.
#pragma once

#include "storage/current_snapshot.h"
#include "storage/user_snapshot.h"

namespace storage {

using CurrentUsers = CurrentSnapshot<UserSnapshot>;
using UserReader = SnapshotReader<UserSnapshot>;

}  // namespace storage
