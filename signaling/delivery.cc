#include "signaling/delivery.h"

#include <utility>

#include "signaling/receipts.h"

namespace signaling {
namespace {

// Numbers the frame, keeps it as long as it may be wanted again, and emits it.
void send_entry(HubState& hub, base::TimePoint now, Session& session, Entry entry) {
  const auto* relayed = std::get_if<Relayed>(&entry.frame);
  entry.pending = relayed && session.confirms;
  entry.due = now + (entry.pending ? hub.options.confirm_within : hub.options.history.age);
  const bool keep = entry.pending || session.keeps_history;
  if (keep) hub.arm(session, entry.due);
  auto frame = keep ? session.outbox.add_sent(std::move(entry), hub.history_of_one())
                    : session.outbox.send_unkept(std::move(entry.frame));
  std::visit([&](auto& kind) { hub.emit(*session.connection, std::move(kind)); }, frame);
}

// What waited must not come from somebody who was deleted or lost its verification since.
bool may_still_send(const HubState& hub, const Message& message) {
  if (message.source->id < PeerId{0}) return true;
  const auto source = hub.registry.find(message.source->id);
  return source && source->verified && source->user == message.target->user;
}

}  // namespace

void push(HubState& hub, base::TimePoint now, Session& session, Frame frame) {
  if (!session.is_live()) return;
  if (session.connection) {
    send_entry(hub, now, session, Entry{std::move(frame)});
    return;
  }
  auto& outbox = session.outbox;
  if (!session.keeps_history || !outbox.can_resume()) return;
  if (outbox.waiting_updates() >= hub.options.history.messages) {
    outbox.give_up_resume();
  } else {
    outbox.add_waiting(Entry{std::move(frame)});
  }
}

Delivery deliver(HubState& hub, base::TimePoint now, Session& receiver,
                 std::shared_ptr<const Message> message) {
  Entry entry{Relayed{0, 0, std::move(message)}};
  const size_t bytes = cost_of(entry);
  const bool connected = receiver.connection && receiver.is_live();
  const auto& queue = hub.queue_of(*receiver.peer);
  // Of an absent receiver too: by coming and going without a confirmation it would gather queue after queue.
  const bool may_hold_unconfirmed = connected ? receiver.confirms : receiver.outbox.has_pending();
  if (may_hold_unconfirmed && !receiver.outbox.has_room_pending(bytes, hub.history_of_one()))
    return Delivery::kFull;
  if (!connected &&
      (!receiver.outbox.has_room_waiting(bytes, queue) ||
       hub.queued_bytes_of(*receiver.peer) + bytes > hub.queued_bytes_bound_of(*receiver.peer))) {
    return Delivery::kFull;
  }
  auto& relayed = std::get<Relayed>(entry.frame);
  if (!receiver.is_ephemeral()) relayed.seq = receiver.sequences.next(relayed.message->source->id);
  if (connected) {
    send_entry(hub, now, receiver, std::move(entry));
    return receiver.confirms ? Delivery::kUnconfirmed : Delivery::kTaken;
  }
  entry.pending = true;
  entry.due = now + queue.age;
  hub.arm(receiver, entry.due);
  receiver.outbox.add_waiting(std::move(entry));
  return Delivery::kQueued;
}

void repeat_after(HubState& hub, base::TimePoint now, Session& session, uint64_t last_seen) {
  // Senders are told at the end: a receipt may go to this very session and must not overtake.
  auto delivered = session.outbox.confirm(last_seen);
  for (auto& entry : session.outbox.sent()) {
    std::visit([&](const auto& kind) { hub.emit(*session.connection, kind); }, entry.frame);
    if (!entry.pending || session.confirms) continue;
    session.outbox.mark_delivered(entry);
    delivered.push_back(entry);
  }
  for (const auto& entry : delivered)
    settle(hub, now, *std::get<Relayed>(entry.frame).message, ReceiptStatus::kDelivered);
}

void flush_waiting(HubState& hub, base::TimePoint now, Session& session) {
  for (auto taken = session.outbox.take_waiting(); !taken.empty(); taken = session.outbox.take_waiting()) {
    auto& entry = taken.front();
    const auto* relayed = std::get_if<Relayed>(&entry.frame);
    const auto message = relayed ? relayed->message : nullptr;
    if (message && !may_still_send(hub, *message)) {
      settle(hub, now, *message, ReceiptStatus::kNotDelivered, "the sender is not verified any more");
      continue;
    }
    send_entry(hub, now, session, std::move(entry));
    if (message && !session.confirms) settle(hub, now, *message, ReceiptStatus::kDelivered);
  }
}

}  // namespace signaling
