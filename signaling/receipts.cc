#include "signaling/receipts.h"

#include <set>

#include "signaling/delivery.h"

namespace signaling {

void settle(HubState& hub, base::TimePoint now, const Message& message, ReceiptStatus status,
            std::string_view text) {
  ++(status == ReceiptStatus::kDelivered ? hub.counters.delivered : hub.counters.not_delivered);
  if (!message.id && status == ReceiptStatus::kDelivered) return;
  Session* const sender = hub.sessions.find(message.source->id);
  if (!sender || sender->serial != message.sender_session) return;
  if (message.id) sender->unanswered.remove(*message.id);
  push(hub, now, *sender, Receipt{0, message.id, status, message.target, text});
}

void settle_undelivered(HubState& hub, base::TimePoint now, const Outbox::Entries& undelivered,
                        std::string_view text) {
  std::set<PeerId> told;
  for (const auto& entry : undelivered) {
    const auto& message = *std::get<Relayed>(entry.frame).message;
    if (!message.id && !told.insert(message.source->id).second) {
      ++hub.counters.not_delivered;
      continue;
    }
    settle(hub, now, message, ReceiptStatus::kNotDelivered, text);
  }
}

void answer_again(HubState& hub, base::TimePoint now, Session& sender, uint64_t id) {
  ++hub.counters.repeated;
  if (const auto* last = sender.outbox.find_receipt(id)) {
    push(hub, now, sender, Receipt(*last));
    return;
  }
  if (sender.unanswered.contains(id)) return;  // undecided: its receipt will come
  ++hub.counters.refused_id;
  hub.emit(*sender.connection, Refused{kErrorConflict, "this id was used before; ids must grow", id});
}

}  // namespace signaling
