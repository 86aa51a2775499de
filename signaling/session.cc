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
  if (latest_.sender != sender) {
    const auto place = [this](PeerId of) { return std::ranges::lower_bound(others_, of, {}, &Last::sender); };
    const auto is_of = [this](auto at, PeerId of) { return at != others_.end() && at->sender == of; };
    if (latest_.seq != 0) {
      auto at = place(latest_.sender);
      if (!is_of(at, latest_.sender)) at = others_.insert(at, latest_);
      at->seq = latest_.seq;
    }
    const auto at = place(sender);
    latest_ = {sender, is_of(at, sender) ? at->seq : 0};
  }
  return ++latest_.seq;
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
