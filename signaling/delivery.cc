#include "signaling/delivery.h"

#include <algorithm>
#include <utility>

#include "signaling/lifecycle.h"
#include "signaling/receipts.h"

namespace signaling {
namespace {

using HeldBytes = size_t (Outbox::*)() const;

// Of all sessions of the user together.
size_t held_by_user(const HubState& hub, UserId user, HeldBytes held) {
  size_t bytes = 0;
  for (const auto& peer : hub.registry.peers_of(user)) {
    if (const Session* const session = hub.sessions.find(peer->id)) bytes += (session->outbox.*held)();
  }
  return bytes;
}

// What the session may keep of what has arrived: its floor when all together keep too much, or its user keeps
// more than its share of what is scarce. Strangers to accounts have no floor.
QueueBounds history_of(const HubState& hub, const Session& session) {
  auto bounds = hub.options.history;
  const bool is_full = hub.history_bytes >= hub.options.history_bytes;
  const bool is_scarce = hub.history_bytes >= hub.options.history_bytes / 2;
  const auto is_over_share = [&] {
    return !session.is_ephemeral() &&
           held_by_user(hub, session.peer->user, &Outbox::sent_bytes) > hub.options.user_bytes;
  };
  if (is_full || (is_scarce && is_over_share()))
    bounds.bytes = session.is_ephemeral() ? 0 : std::min(bounds.bytes, hub.options.receiver_bytes);
  return bounds;
}

// Numbers the frame, keeps it as long as it may be wanted again, and emits it.
void send_entry(HubState& hub, base::TimePoint now, Session& session, Entry entry) {
  const auto* relayed = std::get_if<Relayed>(&entry.frame);
  entry.pending = relayed && session.confirms;
  entry.due = now + (entry.pending ? hub.options.confirm_within : hub.options.history.age);
  const bool keep = entry.pending || session.keeps_history;
  if (keep) hub.arm(session, entry.due);
  auto frame = keep ? session.outbox.add_sent(std::move(entry), history_of(hub, session))
                    : session.outbox.send_unkept(std::move(entry.frame));
  std::visit([&](auto& kind) { hub.emit(*session.connection, std::move(kind)); }, frame);
}

// Whether the pool that all share has room for so much more of the receiver's. What others have filled leaves
// each receiver its floor, and one user's peers cannot take it all.
bool has_share(const HubState& hub, const Session& receiver, HeldBytes held, size_t bytes, size_t pool_bytes,
               size_t pool_bound) {
  const bool is_registered = !receiver.is_ephemeral();
  if (is_registered && (receiver.outbox.*held)() + bytes <= hub.options.receiver_bytes) return true;
  if (pool_bytes + bytes > pool_bound) return false;
  if (!is_registered || pool_bytes + bytes <= pool_bound / 2) return true;
  return held_by_user(hub, receiver.peer->user, held) + bytes <= hub.options.user_bytes;
}

// Where nothing waits for absent names, nothing waits for one whose connection was just found too slow.
bool may_wait(HubState& hub, const Session& receiver) {
  const auto* const realm = hub.realm_of(*receiver.peer);
  return !realm || realm->options.queue_for_absent;
}

bool has_room_waiting(HubState& hub, const Session& receiver, size_t bytes) {
  const Peer& peer = *receiver.peer;
  return receiver.outbox.has_room_waiting(bytes, hub.queue_of(peer)) &&
         has_share(hub, receiver, &Outbox::waiting_bytes, bytes, hub.queued_bytes_of(peer),
                   hub.queued_bytes_bound_of(peer));
}

bool has_room_pending(const HubState& hub, const Session& receiver, size_t bytes) {
  return receiver.outbox.has_room_pending(bytes, hub.options.history) &&
         has_share(hub, receiver, &Outbox::pending_bytes, bytes, hub.history_bytes,
                   hub.options.history_bytes);
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
  if (receiver.connection && hub.wires && !hub.wires->can_take(*receiver.connection, bytes))
    drop_slow_connection(hub, now, receiver);
  const bool connected = receiver.connection && receiver.is_live();
  // Of an absent receiver too: by coming and going without a confirmation it would gather queue after queue.
  const bool may_hold_unconfirmed = connected ? receiver.confirms : receiver.outbox.has_pending();
  if (may_hold_unconfirmed && !has_room_pending(hub, receiver, bytes)) return Delivery::kFull;
  if (!connected && !may_wait(hub, receiver)) return Delivery::kFull;
  if (!connected && !has_room_waiting(hub, receiver, bytes)) return Delivery::kFull;
  auto& relayed = std::get<Relayed>(entry.frame);
  if (!receiver.is_ephemeral()) relayed.seq = receiver.sequences.next(relayed.message->source->id);
  if (connected) {
    send_entry(hub, now, receiver, std::move(entry));
    return receiver.confirms ? Delivery::kUnconfirmed : Delivery::kTaken;
  }
  entry.pending = true;
  entry.due = now + hub.queue_of(*receiver.peer).age;
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
