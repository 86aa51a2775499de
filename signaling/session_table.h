// Finds sessions by peer, by connection and, for ephemeral peers, by name.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "signaling/connection_map.h"
#include "signaling/session.h"

namespace signaling {

// Owns the sessions; pointers live until erase(). The three indexes agree at any time.
class SessionTable {
 public:
  [[nodiscard]] Session* find(PeerId peer) const;
  [[nodiscard]] Session* find(ConnectionId connection) const { return by_connection_.find(connection); }
  [[nodiscard]] Session* find(UserId realm, std::string_view name) const;
  // Step 0 of finding it, see base/fetch_ahead.h.
  [[nodiscard]] bool fetch_ahead(ConnectionId connection) const {
    return by_connection_.fetch_ahead(connection);
  }
  // The peer has none yet.
  Session& add(PeerRef peer, size_t& queued_bytes, size_t& history_bytes);
  void erase(Session& session);

  void bind(Session& session, ConnectionId connection);  // it has none
  void unbind(Session& session);                         // its connection, if any

  [[nodiscard]] size_t size() const { return by_peer_.size(); }
  // Ephemeral peers of a realm, by name.
  [[nodiscard]] std::vector<Session*> in_realm(UserId realm) const;

 private:
  using Name = std::pair<UserId, std::string>;
  struct NameOrder {
    using is_transparent = void;
    using View = std::pair<UserId, std::string_view>;
    bool operator()(const View& a, const View& b) const { return a < b; }
  };
  std::unordered_map<PeerId, std::unique_ptr<Session>> by_peer_;
  ConnectionMap<Session> by_connection_;
  // Strangers choose these names: ordered, so that they cannot choose collisions.
  std::map<Name, Session*, NameOrder> by_name_;
};

}  // namespace signaling
