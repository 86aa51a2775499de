// Hands frames to a session: to its connection, or to wait for one.
#pragma once

#include <memory>

#include "signaling/hub_state.h"

namespace signaling {

// A receipt or an update. Dropped if the session is neither connected nor to be resumed.
void push(HubState& hub, base::TimePoint now, Session& session, Frame frame);

enum class Delivery : uint8_t {
  kTaken,        // by the connection of a receiver that confirms nothing
  kUnconfirmed,  // by the connection of one that does
  kQueued,
  kFull,  // nothing has changed
};
[[nodiscard]] Delivery deliver(HubState& hub, base::TimePoint now, Session& receiver,
                               std::shared_ptr<const Message> message);

// After a resume: repeats what was sent after `last_seen`; what came before it has arrived.
void repeat_after(HubState& hub, base::TimePoint now, Session& session, uint64_t last_seen);
// Hands over all that waits. The session is live and connected.
void flush_waiting(HubState& hub, base::TimePoint now, Session& session);

}  // namespace signaling
