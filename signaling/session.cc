#include "signaling/session.h"

#include <algorithm>
#include <string_view>

#include "base/bytes.h"

namespace signaling {

bool UnansweredIds::remove(uint64_t id) {
  const auto at = std::ranges::lower_bound(ids_, id);
  if (at == ids_.end() || *at != id) return false;
  ids_.erase(at);
  if (ids_.empty()) clear();  // an idle session holds no memory for them
  return true;
}

bool UnansweredIds::contains(uint64_t id) const {
  const auto at = std::ranges::lower_bound(ids_, id);
  return at != ids_.end() && *at == id;
}

uint64_t PairSequences::next(PeerId sender) {
  auto at = std::ranges::lower_bound(last_, sender, {}, &Last::sender);
  if (at == last_.end() || at->sender != sender) at = last_.insert(at, {sender, 0});
  return ++at->seq;
}

void renew_session(Session& session, uint64_t serial, const SessionKey& key) {
  end_life(session);
  session.serial = serial;
  session.key = key;
  session.last_id.reset();
  session.sequences.clear();
  if (session.is_ephemeral()) return;
  for (auto& entry : session.outbox.waiting()) {
    auto& relayed = std::get<Relayed>(entry.frame);
    relayed.seq = session.sequences.next(relayed.message->source->id);
  }
}

void end_life(Session& session) {
  session.serial = 0;
  session.outbox.renew();
  session.unanswered.clear();
}

std::string to_text(const SessionKey& key) {
  static constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  text.reserve(key.size() * 2);
  for (const uint8_t octet : key) {
    text += kDigits[octet >> 4];
    text += kDigits[octet & 15];
  }
  return text;
}

bool is_key(const SessionKey& key, std::string_view text) {
  return base::equal_in_constant_time(base::as_bytes(to_text(key)), base::as_bytes(text));
}

}  // namespace signaling
