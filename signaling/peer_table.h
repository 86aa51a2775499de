// Registered peers in memory.
#pragma once

#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/siphash.h"
#include "signaling/registry.h"

namespace signaling {

// What handle_peer_changed is told: null before: added; null after: deleted.
struct PeerChange {
  PeerRef before;
  PeerRef after;
};

// Not for several threads. `key` is random, since strangers choose names and fingerprints.
class PeerTable final : public Registry {
 public:
  explicit PeerTable(const base::SipHashKey& key);

  // Names and fingerprints are unique within a user, as storage sees to it.
  [[nodiscard]] PeerChange put(Peer peer);
  [[nodiscard]] PeerChange remove(PeerId id);  // both null if it is not there
  // The whole truth: makes the table hold these and tells every difference, deletions first.
  [[nodiscard]] std::vector<PeerChange> replace_all(std::vector<Peer> peers);

  [[nodiscard]] PeerRef find(PeerId id) const override;
  [[nodiscard]] PeerRef find_fingerprint(UserId user, std::string_view fingerprint) const override;
  [[nodiscard]] PeerRef find_name(UserId user, std::string_view name) const override;
  [[nodiscard]] std::vector<PeerRef> peers_of(UserId user) const override;
  [[nodiscard]] size_t size() const { return by_id_.size(); }

 private:
  struct Name {
    UserId user;
    std::string_view name;  // or fingerprint; into the record
    bool operator==(const Name&) const = default;
  };
  struct Hash {
    base::SipHashKey key;
    size_t operator()(std::string_view text) const { return base::siphash(key, base::as_bytes(text)); }
    size_t operator()(const Name& name) const {
      return (*this)(name.name) ^ static_cast<uint64_t>(name.user) * 0x9e3779b97f4a7c15;
    }
  };
  void link(const PeerRef& peer);
  void unlink(const Peer& peer);

  std::unordered_map<PeerId, PeerRef> by_id_;
  std::unordered_map<Name, PeerRef, Hash> by_fingerprint_;
  std::unordered_map<Name, PeerRef, Hash> by_name_;
  std::unordered_map<UserId, std::vector<PeerRef>> by_user_;  // by id
};

}  // namespace signaling
