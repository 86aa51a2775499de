#include "app/user_watch.h"

#include <optional>

#include "stun/rest_credential.h"

namespace app {
namespace {

struct Known {
  stun::LongTermKeys keys;
  base::WallTime since;  // of the database's users
};

std::optional<Known> find(const KnownUsers& users, std::string_view name) {
  const auto configured = users.settings->users.find(name);
  if (configured != users.settings->users.end()) return Known{configured->second, {}};
  const auto* stored = users.stored->find(name);
  if (!stored || stored->keys.realm != users.settings->realm) return std::nullopt;
  return Known{{stored->keys.md5, stored->keys.sha256}, stored->created_at};
}

template <typename Visit>
void for_each_name(const KnownUsers& users, Visit&& visit) {
  for (const auto& [name, keys] : users.settings->users) visit(name);
  for (const auto& user : users.stored->users()) {
    if (!users.settings->users.contains(user.name)) visit(user.name);
  }
}

}  // namespace

std::vector<UserChange> compare(const KnownUsers& before, const KnownUsers& now) {
  using enum UserChange::Kind;
  if (before == now) return {};
  std::vector<UserChange> changes;
  std::vector<UserChange> arrivals;
  for_each_name(before, [&](const std::string& name) {
    const auto was = find(before, name);
    if (!was) return;
    const auto is = find(now, name);
    const bool made_anew =
        is && was->since != is->since && was->since != base::WallTime{} && is->since != base::WallTime{};
    if (!is || made_anew) changes.push_back({kRemoved, name});
    if (made_anew) arrivals.push_back({kAdded, name});
    if (is && !made_anew && was->keys != is->keys) arrivals.push_back({kNewPassword, name});
  });
  for_each_name(now, [&](const std::string& name) {
    if (find(now, name) && !find(before, name)) arrivals.push_back({kAdded, name});
  });
  changes.insert(changes.end(), arrivals.begin(), arrivals.end());
  return changes;
}

namespace {

bool is_by_name(const relay::SessionInfo& session) {
  if (session.username == session.user) return true;
  const auto prepared = stun::opaque_string(session.username);
  return prepared && *prepared == session.user;
}

}  // namespace

bool is_session_of(const std::set<std::string, std::less<>>& users, const relay::SessionInfo& session) {
  return users.contains(session.user) && is_by_name(session);
}

bool is_orphan(const KnownUsers& now, const relay::SessionInfo& session) {
  if (find(now, session.user) || !is_by_name(session)) return false;
  return !stun::parse_rest_username(session.username);  // those outlive what they were made by
}

bool is_over(int64_t peer, const relay::SessionInfo& session, const storage::PeerSnapshot& peers,
             base::WallTime now, bool takes_claims) {
  if (session.user != hub::turn_user_of(peer)) return false;
  const auto rest = stun::parse_rest_username(session.username);
  const auto name = rest ? hub::parse_turn_name(rest->user) : std::nullopt;
  return !name || fault_of(*name, peers, now, takes_claims).has_value();
}

}  // namespace app
