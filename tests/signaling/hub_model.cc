#include "tests/signaling/hub_model.h"

#include <algorithm>

namespace signaling {

std::optional<int> HubModel::send(base::TimePoint now, PeerId from, const std::string& target, int serial,
                                  std::optional<uint64_t> id) {
  Member& sender = members.at(from);
  if (!sender.verified) return 401;
  const PeerId to = find(sender.user, target);
  if (to == PeerId{0}) return 404;
  Member& receiver = members.at(to);
  if (!receiver.verified) return 403;
  const bool connected = receiver.connection.has_value();
  const auto unconfirmed = std::ranges::count(receiver.items, false, &Item::waiting);
  const auto waiting = std::ranges::count(receiver.items, true, &Item::waiting);
  const bool may_hold_unconfirmed = connected ? receiver.confirms : unconfirmed > 0;
  if (may_hold_unconfirmed && static_cast<size_t>(unconfirmed) >= options.history.messages) return 507;
  if (!connected && static_cast<size_t>(waiting) >= options.offline_queue.messages) return 507;

  messages[serial] = {from, to, id, sender.incarnation, {}};
  if (!connected) {
    receiver.items.push_back({serial, true, now + options.offline_queue.age});
    if (id) sender.owed.insert({*id, ReceiptStatus::kQueued});
    return std::nullopt;
  }
  to_be_relayed[*receiver.connection].push_back(serial);
  if (receiver.confirms) {
    receiver.items.push_back({serial, false, now + options.confirm_within});
  } else {
    finish(serial, ReceiptStatus::kDelivered);
  }
  return std::nullopt;
}

void HubModel::confirm(PeerId peer, uint64_t n) {
  Member& member = members.at(peer);
  member.confirmed_n = std::max(member.confirmed_n, n);
  std::vector<Item> left;
  for (const auto& item : std::exchange(member.items, {})) {
    if (!item.waiting && item.n <= n) {
      finish(item.serial, ReceiptStatus::kDelivered);
    } else {
      left.push_back(item);
    }
  }
  member.items = left;
}

void HubModel::attach(base::TimePoint now, PeerId peer, ConnectionId connection, bool confirms,
                      std::optional<uint64_t> resumed_after) {
  Member& member = members.at(peer);
  if (!member.online) note_change(member.user);
  member.connection = connection;
  member.online = true;
  member.deaf = false;
  member.offline_at = member.resume_until = base::TimePoint::max();
  member.confirms = confirms;
  member.changes_missed = 0;
  if (!member.verified) return;
  if (resumed_after) {
    confirm(peer, *resumed_after);
    for (const auto& [n, serial] : member.given) {
      if (n > *resumed_after) to_be_relayed[connection].push_back(serial);
    }
    for (auto& item : member.items) {
      if (!item.waiting && !confirms) finish(item.serial, ReceiptStatus::kDelivered);
    }
    if (!confirms) std::erase_if(member.items, [](const Item& item) { return !item.waiting; });
  } else {
    member.incarnation = ++last_incarnation;
    member.given.clear();
    member.owed.clear();
    member.given_n = member.confirmed_n = member.last_n = 0;
    member.lost_unconfirmed = false;
    member.next_id = 1;
    for (auto& item : member.items) item.waiting = true;
  }
  flush(now, member);
}

void HubModel::flush(base::TimePoint now, Member& member) {
  std::vector<Item> kept;
  for (auto& item : std::exchange(member.items, {})) {
    if (!item.waiting) {
      kept.push_back(item);
      continue;
    }
    const auto sender = members.find(messages.at(item.serial).from);
    if (sender == members.end() || !sender->second.verified) {
      finish(item.serial, ReceiptStatus::kNotDelivered);
      continue;
    }
    to_be_relayed[*member.connection].push_back(item.serial);
    if (member.confirms) {
      kept.push_back({item.serial, false, now + options.confirm_within});
    } else {
      finish(item.serial, ReceiptStatus::kDelivered);
    }
  }
  member.items = kept;
}

void HubModel::detach(base::TimePoint now, PeerId peer, Ending ending) {
  Member& member = members.at(peer);
  member.connection.reset();
  member.resume_until = now + options.resume_for;
  if (ending == Ending::kBroken) {
    member.offline_at = now + options.presence_grace;
  } else if (std::exchange(member.online, false)) {
    note_change(member.user);
  }
}

void HubModel::set_verified(base::TimePoint now, PeerId peer, bool verified) {
  Member& member = members.at(peer);
  note_change(member.user);
  const bool was_verified = std::exchange(member.verified, verified);
  if (was_verified && !verified) lose(member);
  if (!was_verified && verified && member.connection) {
    attach(now, peer, *member.connection, member.confirms, std::nullopt);
  }
}

void HubModel::remove(PeerId peer) {
  note_change(members.at(peer).user);
  lose(members.at(peer));
  members.erase(peer);
}

void HubModel::pass(base::TimePoint now) {
  for (auto& [id, member] : members) {
    if (member.offline_at <= now) {
      member.offline_at = base::TimePoint::max();
      if (std::exchange(member.online, false)) note_change(member.user);
    }
    if (member.resume_until <= now) {
      member.resume_until = base::TimePoint::max();
      member.incarnation = 0;
      member.owed.clear();
      for (auto& item : member.items) item.waiting = true;
    }
  }
  for (auto& [id, member] : members) {
    for (const auto& item : member.items) {
      if (item.due > now) continue;
      if (!item.waiting) member.lost_unconfirmed = true;
      finish(item.serial, ReceiptStatus::kNotDelivered);
    }
    std::erase_if(member.items, [&](const Item& item) { return item.due <= now; });
  }
}

bool HubModel::must_resume(const Member& member) const {
  return member.incarnation != 0 && !member.lost_unconfirmed && member.last_n >= member.confirmed_n &&
         member.given_n - member.confirmed_n <= options.history.messages && member.changes_missed < 10;
}

PeerId HubModel::find(UserId user, const std::string& name) const {
  for (const auto& [id, member] : members) {
    if (member.user == user && member.name == name) return id;
  }
  return PeerId{0};
}

PeerId HubModel::owner(ConnectionId connection) const {
  for (const auto& [id, member] : members) {
    if (member.connection == connection) return id;
  }
  return PeerId{0};
}

void HubModel::note_change(UserId user) {
  for (auto& [id, member] : members) {
    if (member.user == user) ++member.changes_missed;
  }
}

void HubModel::finish(int serial, ReceiptStatus end) {
  Message& message = messages.at(serial);
  message.end = end;
  const auto sender = members.find(message.from);
  if (sender == members.end() || sender->second.incarnation != message.incarnation) return;
  ++sender->second.changes_missed;
  if (message.id && message.incarnation != 0) sender->second.owed.insert({*message.id, end});
}

void HubModel::lose(Member& member) {
  for (const auto& item : std::exchange(member.items, {})) finish(item.serial, ReceiptStatus::kNotDelivered);
  member.incarnation = 0;
  member.owed.clear();
}

}  // namespace signaling
