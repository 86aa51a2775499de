// How a session begins, is taken over, changes with its peer's record, and ends.
#pragma once

#include <string_view>

#include "signaling/hub_state.h"

namespace signaling {

inline constexpr std::string_view kUnverifiedText =
    "this peer is not verified; verify it from a verified peer of the user or with a one-time password";

// See Hub for each.
void attach_connection(HubState& hub, base::TimePoint now, ConnectionId connection, const Attach& attach);
void detach_connection(HubState& hub, base::TimePoint now, Session& session, Ending ending);
void change_peer(HubState& hub, base::TimePoint now, const PeerRef& before, const PeerRef& after);
void end_session(HubState& hub, base::TimePoint now, Session& session, uint16_t code, std::string_view text);

// Welcomes a verified peer whose session has a connection.
void admit(HubState& hub, base::TimePoint now, Session& session, const std::optional<Resume>& resume);
// Does what is due and sets the next deadline. May end the session.
void handle_session_timer(HubState& hub, base::TimePoint now, Session& session);
// Erases a session that nobody will miss. It must not be one that a caller still works on.
void forget_if_idle(HubState& hub, Session& session);

// Its client leaves too much unread: closed with 1013, it may come back to its session.
void drop_slow_connection(HubState& hub, base::TimePoint now, Session& session);

}  // namespace signaling
