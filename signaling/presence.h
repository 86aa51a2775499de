// Who believes whom online.
#pragma once

#include "signaling/hub_state.h"

namespace signaling {

// The peer came or went: tells the other verified peers of its user, once. Ephemeral realms are told nothing,
// and nobody is told of a peer that is not verified.
// `tell_self`: it was told that it had gone, in what it missed.
void announce(HubState& hub, base::TimePoint now, Session& session, bool online, bool tell_self = false);

// To every session of a verified peer of the user but `except`, also to those that may yet be resumed.
void broadcast(HubState& hub, base::TimePoint now, UserId user, const PeerUpdate& update, PeerId except = {});

// A peer's record is another one now, or gone: tells them all. Of peers that were not verified before either,
// within HubOptions::stranger_updates_per_second.
void broadcast_change(HubState& hub, base::TimePoint now, UserId user, const PeerUpdate& update);

// As a Welcome to `self` shows the peers of its user.
[[nodiscard]] std::vector<Welcome::Listed> list_peers(const HubState& hub, const Peer& self);

}  // namespace signaling
