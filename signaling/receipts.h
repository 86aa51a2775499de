// Tells senders what became of their messages.
#pragma once

#include <string_view>

#include "signaling/hub_state.h"

namespace signaling {

// `message` has come to its end. Tells its sender if it asked by an id, and of an undelivered one in any
// case, provided that its session still lives. `text` is static and given for kNotDelivered.
void settle(HubState& hub, base::TimePoint now, const Message& message, ReceiptStatus status,
            std::string_view text = {});

// `undelivered` holds messages only. Those without an id are told of once for each sender.
void settle_undelivered(HubState& hub, base::TimePoint now, const Outbox::Entries& undelivered,
                        std::string_view text);

// A message with an id that the sender used before: the same answer again, and nothing is relayed.
void answer_again(HubState& hub, base::TimePoint now, Session& sender, uint64_t id);

}  // namespace signaling
