// All users at one moment, in memory.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "storage/user.h"

namespace storage {

// Immutable, so any number of threads may read it. About 230 octets per user. Both look-ups are binary
// searches without allocation.
class UserSnapshot {
 public:
  UserSnapshot() = default;
  // `users` in the order of their names' octets, no name and no userhash twice: as list_users() gives them.
  // `revision` is read_user_revision() at that moment.
  UserSnapshot(uint64_t revision, std::vector<User> users);

  // nullptr if unknown. What they give lives as long as the snapshot.
  [[nodiscard]] const User* find(std::string_view name) const;
  [[nodiscard]] const User* find(const UserHash& userhash) const;

  [[nodiscard]] std::span<const User> users() const { return users_; }  // ordered by name
  // Of two snapshots of one database the one with the greater revision is newer. 0: made of nothing.
  [[nodiscard]] uint64_t revision() const { return revision_; }

 private:
  struct HashEntry {
    UserHash userhash;
    uint32_t user;  // index in users_
  };

  uint64_t revision_ = 0;
  std::vector<User> users_;
  std::vector<HashEntry> by_userhash_;
};

}  // namespace storage
