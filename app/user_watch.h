// Who may come in by name, compared over time: for the log, and so that whoever is removed is gone at once.
#pragma once

#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "app/user_credentials.h"
#include "relay/server.h"
#include "storage/peer_snapshot.h"
#include "storage/user_snapshot.h"

namespace app {

// Users of the configuration and of the database at one moment. Both are shared and immutable.
struct KnownUsers {
  std::shared_ptr<const AuthSettings> settings;
  std::shared_ptr<const storage::UserSnapshot> stored;

  bool operator==(const KnownUsers&) const = default;  // the same objects
};

struct UserChange {
  enum class Kind : uint8_t { kAdded, kRemoved, kNewPassword };
  Kind kind;
  std::string user;

  bool operator==(const UserChange&) const = default;
};

// By name; removals first. Whoever was removed and added again in between is both. A user who is in both
// places counts as the configuration's, which is asked first.
[[nodiscard]] std::vector<UserChange> compare(const KnownUsers& before, const KnownUsers& now);

// True for the sessions that one of `users`, or whoever used that name, began with a password of theirs; not
// for REST credentials that were minted in a user's name.
[[nodiscard]] bool is_session_of(const std::set<std::string, std::less<>>& users,
                                 const relay::SessionInfo& session);

// True for the sessions that were begun with the password of somebody who is no user `now`. Who came and went
// between two looks is in no comparison, but may have begun sessions: the storage thread publishes users too.
[[nodiscard]] bool is_orphan(const KnownUsers& now, const relay::SessionInfo& session);

// True for the sessions that `peer` began with a credential which is good no more: the peer was removed or is
// not verified, or the token or claim that it was made for is good no more. Not for a credential whose own
// time is over: a session keeps the key that it began with.
[[nodiscard]] bool is_over(int64_t peer, const relay::SessionInfo& session,
                           const storage::PeerSnapshot& peers, base::WallTime now, bool takes_claims);

}  // namespace app
