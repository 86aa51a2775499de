#include "storage/user_snapshot.h"

#include <algorithm>
#include <utility>

namespace storage {

UserSnapshot::UserSnapshot(uint64_t revision, std::vector<User> users)
    : revision_(revision), users_(std::move(users)) {
  by_userhash_.reserve(users_.size());
  for (uint32_t i = 0; i < users_.size(); ++i) by_userhash_.push_back({users_[i].keys.userhash, i});
  std::ranges::sort(by_userhash_, {}, &HashEntry::userhash);
}

const User* UserSnapshot::find(std::string_view name) const {
  const auto found = std::ranges::lower_bound(users_, name, {},
                                              [](const User& user) { return std::string_view(user.name); });
  return found != users_.end() && found->name == name ? &*found : nullptr;
}

const User* UserSnapshot::find(const UserHash& userhash) const {
  const auto found = std::ranges::lower_bound(by_userhash_, userhash, {}, &HashEntry::userhash);
  return found != by_userhash_.end() && found->userhash == userhash ? &users_[found->user] : nullptr;
}

}  // namespace storage
