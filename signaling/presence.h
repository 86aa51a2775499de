// Who believes whom online.
#pragma once

#include "signaling/hub_state.h"

namespace signaling {

// The peer came or went: tells the other verified peers of its user, once. Ephemeral realms are told nothing.
// `tell_self`: it was told that it had gone, in what it missed.
void announce(HubState& hub, base::TimePoint now, Session& session, bool online, bool tell_self = false);

// To every session of a verified peer of the user but `except`, also to those that may yet be resumed.
void broadcast(HubState& hub, base::TimePoint now, UserId user, const PeerUpdate& update, PeerId except = {});

// As a Welcome to `self` shows the peers of its user.
[[nodiscard]] std::vector<Welcome::Listed> list_peers(const HubState& hub, const Peer& self);

}  // namespace signaling
