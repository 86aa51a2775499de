#include "net/handshake_queue.h"

#include <algorithm>

#include "net/source_key.h"

namespace net {

size_t HandshakeQueue::Hash::operator()(const base::IpAddress& source) const { return hash_of(key, source); }

HandshakeQueue::HandshakeQueue(EventLoop& loop, const HandshakeLimits& limits, const base::SipHashKey& key)
    : loop_(loop), limits_(limits), sources_(0, Hash{key}), timer_(loop, [this] { run(); }) {}

size_t HandshakeQueue::waiting() const { return source_of_waiting_.size(); }

void HandshakeQueue::wait(Handshake& handshake, const base::IpAddress& source) {
  const auto address = source_of(source);
  auto& queue = sources_[address];
  queue.waiting.push_back(&handshake);
  source_of_waiting_.emplace(&handshake, address);
  give_turn(address, queue);
  timer_.arm(base::TimePoint{});  // long past: in the next round
}

void HandshakeQueue::end(Handshake& handshake) {
  if (const auto place = source_of_waiting_.find(&handshake); place != source_of_waiting_.end()) {
    const auto address = place->second;
    source_of_waiting_.erase(place);
    std::erase(sources_[address].waiting, &handshake);
    return forget_if_idle(address);
  }
  const auto place = std::ranges::find(begun_, &handshake, &Begun::handshake);
  if (place == begun_.end()) return;
  const auto address = place->source;
  begun_.erase(place);
  auto& source = sources_[address];
  --source.begun;
  give_turn(address, source);
  forget_if_idle(address);
  if (!source_of_waiting_.empty()) timer_.arm(base::TimePoint{});
}

void HandshakeQueue::give_turn(const base::IpAddress& address, Source& source) {
  if (source.has_turn || source.waiting.empty() || source.begun >= limits_.per_source) return;
  source.has_turn = true;
  turns_.push_back(address);
}

void HandshakeQueue::forget_if_idle(const base::IpAddress& address) {
  const auto place = sources_.find(address);
  if (place == sources_.end()) return;
  const auto& source = place->second;
  if (source.waiting.empty() && source.begun == 0 && !source.has_turn) sources_.erase(place);
}

void HandshakeQueue::run() {
  make_room();
  for (uint32_t i = 0; i < limits_.per_round && !turns_.empty() && has_room(); ++i) begin_next();
  if (source_of_waiting_.empty()) return;
  const bool may_go_on = !turns_.empty() && has_room();
  timer_.arm(may_go_on ? base::TimePoint{} : loop_.steady_now() + limits_.patience / 4);
}

void HandshakeQueue::begin_next() {
  const auto address = turns_.front();
  turns_.pop_front();
  auto& source = sources_[address];
  source.has_turn = false;
  if (source.waiting.empty()) return forget_if_idle(address);  // they have left meanwhile
  Handshake* const next = source.waiting.front();
  source.waiting.pop_front();
  source_of_waiting_.erase(next);
  ++source.begun;
  begun_.push_back({next, address, loop_.steady_now()});
  give_turn(address, source);
  next->begin_handshake();
}

// Whoever keeps others waiting without moving goes, the longest first: of a source that has all its places
// taken, or of everybody.
void HandshakeQueue::make_room() {
  const auto since = loop_.steady_now() - limits_.patience;
  std::deque<Handshake*> given_up;
  for (const auto& [handshake, address, at] : begun_) {
    if (at > since) break;
    const auto& source = sources_[address];
    const bool blocks_its_source = source.begun >= limits_.per_source && !source.waiting.empty();
    if (blocks_its_source || (!has_room() && !source_of_waiting_.empty())) given_up.push_back(handshake);
    if (given_up.size() == limits_.per_round) break;
  }
  for (auto* const handshake : given_up) {
    end(*handshake);
    handshake->give_up_handshake();
  }
}

}  // namespace net
