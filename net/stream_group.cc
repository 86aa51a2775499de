#include "net/stream_group.h"

#include <cstddef>
#include <optional>
#include <utility>

#include "net/event_loop.h"
#include "net/poison.h"
#include "net/stream.h"

namespace net {

namespace {

constexpr size_t kSpareQueues = 64;  // as many streams as write in one round, mostly
constexpr size_t kSpareQueueBytes = 16 * 1024;

}  // namespace

StreamGroup::StreamGroup(EventLoop& loop)
    : loop_(loop),
      sockets_(loop),
      scratch_(std::make_unique_for_overwrite<uint8_t[]>(kScratchBytes)),
      wheel_(loop.steady_now()),
      pending_timer_(loop, [this] { run_pending(); }),
      deadline_timer_(loop, [this] { expire(); }) {}

StreamGroup::~StreamGroup() {
  while (Stream* const stream = attached_.pop()) stream->detach();
}

void StreamGroup::flush() {
  while (Stream* const stream = dirty_.pop()) stream->flush();
}

base::MutableBytes StreamGroup::scratch() {
  const base::MutableBytes whole(scratch_.get(), kScratchBytes);
  unpoison(whole);
  return whole;
}

ByteQueue StreamGroup::spare_queue() {
  if (spare_queues_.empty()) return {};
  ByteQueue spare = std::move(spare_queues_.back());
  spare_queues_.pop_back();
  return spare;
}

void StreamGroup::recycle(ByteQueue queue) {
  if (queue.capacity() > kSpareQueueBytes || spare_queues_.size() >= kSpareQueues) return;
  queue.rewind();
  spare_queues_.push_back(std::move(queue));
}

void StreamGroup::run_soon(Link<Stream>& link) {
  pending_.push(link);
  pending_timer_.arm(base::TimePoint{});  // long past: in the next round
}

void StreamGroup::run_pending() {
  LinkList<Stream> batch;  // who joins from now on waits for the next round, so that sockets have their turn
  pending_.move_to(batch);
  while (Stream* const stream = batch.pop()) stream->run_pending();
  flush();
}

void StreamGroup::arm(base::TimerLink& link, base::TimePoint deadline) {
  wheel_.arm(link, deadline);
  const auto due = deadline + base::TimerWheel::kTick;
  const auto armed = deadline_timer_.deadline();
  if (!armed || due < *armed) deadline_timer_.arm(due);
}

void StreamGroup::expire() {
  wheel_.expire(loop_.steady_now(), [](base::TimerLink& link) { static_cast<Stream&>(link).expire(); });
  deadline_timer_.arm_or_disarm(wheel_.poll_timeout());
  flush();
}

}  // namespace net
