// One message from a peer to another of its user: every check, then delivery and the first receipt.
#pragma once

#include "signaling/hub_state.h"

namespace signaling {

void route(HubState& hub, base::TimePoint now, Session& sender, Outgoing&& outgoing);

}  // namespace signaling
