#include "signaling/outbox.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace signaling {
namespace {

constexpr size_t kFrameOverheadBytes = 128;

const Relayed* relayed_of(const Entry& entry) { return std::get_if<Relayed>(&entry.frame); }

}  // namespace

size_t cost_of(const Entry& entry) {
  const auto* relayed = relayed_of(entry);
  return kFrameOverheadBytes + (relayed ? relayed->message->body.size() : 0);
}

uint64_t number_of(const Frame& frame) {
  return std::visit([](const auto& kind) { return kind.n; }, frame);
}

bool Outbox::has_room_waiting(size_t bytes, const QueueBounds& bounds) const {
  return waiting_messages_ < bounds.messages && waiting_bytes_ + bytes <= bounds.bytes;
}

bool Outbox::has_room_pending(size_t bytes, const QueueBounds& bounds) const {
  return sent_pending_ < bounds.messages && sent_pending_bytes_ + bytes <= bounds.bytes;
}

void Outbox::add_waiting(Entry entry) {
  if (relayed_of(entry)) {
    ++waiting_messages_;
    waiting_bytes_ += cost_of(entry);
    queued_bytes_ += cost_of(entry);
  }
  waiting_.push_back(std::move(entry));
}

Outbox::Entries Outbox::extract_waiting(Entries::iterator at) {
  if (relayed_of(*at)) {
    --waiting_messages_;
    waiting_bytes_ -= cost_of(*at);
    queued_bytes_ -= cost_of(*at);
  }
  Entries taken;
  taken.splice(taken.end(), waiting_, at);
  return taken;
}

Outbox::Entries Outbox::take_waiting() {
  return waiting_.empty() ? Entries{} : extract_waiting(waiting_.begin());
}

Frame Outbox::number(Frame frame) {
  ++last_n_;
  std::visit([this](auto& kind) { kind.n = last_n_; }, frame);
  return frame;
}

Frame Outbox::add_sent(Entry entry, const QueueBounds& bounds) {
  entry.frame = number(std::move(entry.frame));
  const size_t bytes = cost_of(entry);
  sent_bytes_ += bytes;
  history_bytes_ += bytes;
  if (entry.pending) {
    ++sent_pending_;
    sent_pending_bytes_ += bytes;
  }
  sent_.push_back(std::move(entry));
  Frame frame = sent_.back().frame;
  evict_sent(bounds);
  return frame;
}

Frame Outbox::send_unkept(Frame frame) {
  frame = number(std::move(frame));
  dropped_through_ = last_n_;
  return frame;
}

void Outbox::mark_delivered(Entry& entry) {
  if (!entry.pending) return;
  entry.pending = false;
  --sent_pending_;
  sent_pending_bytes_ -= cost_of(entry);
}

Outbox::Entries Outbox::extract_sent(Entries::iterator at) {
  const size_t bytes = cost_of(*at);
  sent_bytes_ -= bytes;
  history_bytes_ -= bytes;
  if (at->pending) {
    --sent_pending_;
    sent_pending_bytes_ -= bytes;
  }
  if (dropped_through_ != kNever) dropped_through_ = std::max(dropped_through_, number_of(at->frame));
  Entries taken;
  taken.splice(taken.end(), sent_, at);
  return taken;
}

void Outbox::evict_sent(const QueueBounds& bounds) {
  for (auto at = sent_.begin(); at != sent_.end();) {
    if (sent_.size() <= bounds.messages && sent_bytes_ <= bounds.bytes) return;
    const auto next = std::next(at);
    if (!at->pending) extract_sent(at);
    at = next;
  }
}

Outbox::Entries Outbox::confirm(uint64_t n) {
  Entries delivered;
  while (!sent_.empty() && number_of(sent_.front().frame) <= n) {
    const bool pending = sent_.front().pending;
    auto taken = extract_sent(sent_.begin());
    if (pending) delivered.splice(delivered.end(), taken);
  }
  return delivered;
}

Outbox::Entries Outbox::expire(base::TimePoint now, bool whole_queue) {
  Entries expired;
  for (auto at = sent_.begin(); at != sent_.end();) {
    const auto next = std::next(at);
    if (at->due <= now) {
      const bool pending = at->pending;
      auto taken = extract_sent(at);
      if (pending) expired.splice(expired.end(), taken);
    }
    at = next;
  }
  bool all = false;
  for (auto at = waiting_.begin(); at != waiting_.end();) {
    const auto next = std::next(at);
    const bool due = at->due <= now;
    if (relayed_of(*at) && (due || all)) {
      all = whole_queue;
      expired.splice(expired.end(), extract_waiting(at));
    }
    at = next;
  }
  return expired;
}

Outbox::Entries Outbox::clear() {
  renew();
  Entries all;
  while (!waiting_.empty()) all.splice(all.end(), take_waiting());
  return all;
}

void Outbox::renew() {
  Entries again;
  while (!sent_.empty()) {
    const bool pending = sent_.front().pending;
    auto taken = extract_sent(sent_.begin());
    if (pending) again.splice(again.end(), taken);
  }
  while (!waiting_.empty()) {
    auto taken = take_waiting();
    if (relayed_of(taken.front())) again.splice(again.end(), taken);
  }
  for (auto& entry : again) add_waiting(std::move(entry));
  last_n_ = dropped_through_ = 0;
}

void Outbox::give_up_resume() {
  for (auto at = waiting_.begin(); at != waiting_.end();) {
    const auto next = std::next(at);
    if (!relayed_of(*at)) extract_waiting(at);
    at = next;
  }
  dropped_through_ = kNever;
}

void Outbox::clear_waiting() {
  while (!waiting_.empty()) take_waiting();
}

base::TimePoint Outbox::next_due() const {
  auto next = base::TimePoint::max();
  for (const auto& entry : sent_) next = std::min(next, entry.due);
  for (const auto& entry : waiting_) next = std::min(next, entry.due);
  return next;
}

const Receipt* Outbox::find_receipt(uint64_t id) const {
  const auto find_last = [id](const Entries& entries) -> const Receipt* {
    for (auto at = entries.rbegin(); at != entries.rend(); ++at) {
      const auto* receipt = std::get_if<Receipt>(&at->frame);
      if (receipt && receipt->id == id) return receipt;
    }
    return nullptr;
  };
  const auto* waiting = find_last(waiting_);
  return waiting ? waiting : find_last(sent_);
}

}  // namespace signaling
