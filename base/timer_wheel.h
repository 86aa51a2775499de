// Deadlines of many objects at a cost that does not grow with their number.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <optional>
#include <vector>

#include "base/time.h"

namespace base {

// Embedded in the object that waits. Unlinks itself when destroyed.
class TimerLink {
 public:
  TimerLink() = default;
  TimerLink(const TimerLink&) = delete;
  TimerLink& operator=(const TimerLink&) = delete;
  ~TimerLink() { unlink(); }

  void unlink() {
    if (!next_) return;
    next_->previous_ = previous_;
    previous_->next_ = next_;
    next_ = previous_ = nullptr;
  }
  [[nodiscard]] bool is_linked() const { return next_ != nullptr; }
  [[nodiscard]] TimePoint deadline() const { return deadline_; }

 private:
  friend class TimerWheel;
  TimerLink* next_ = nullptr;
  TimerLink* previous_ = nullptr;
  TimePoint deadline_{};
};

// Ticks of a quarter second, 1024 of them; what is due later goes round and is looked at once a turn. Arming
// and disarming are a few stores; expire() touches only what is due or comes past.
class TimerWheel {
 public:
  static constexpr std::chrono::milliseconds kTick{250};

  explicit TimerWheel(TimePoint now) : spokes_(kSpokes), turned_to_(tick_of(now)) {
    for (auto& spoke : spokes_) spoke.next_ = spoke.previous_ = &spoke;
  }
  ~TimerWheel() {
    for (auto& spoke : spokes_) {
      while (spoke.next_ != &spoke) spoke.next_->unlink();
      spoke.next_ = spoke.previous_ = nullptr;
    }
  }

  // (Re)arms. `deadline` may lie in the past: then it is due at once.
  void arm(TimerLink& link, TimePoint deadline) {
    link.unlink();
    link.deadline_ = deadline;
    const auto tick = std::max(tick_of(deadline), turned_to_);
    first_ = std::min(first_, turned_to_ + (tick - turned_to_) % static_cast<int64_t>(kSpokes));
    TimerLink& spoke = spokes_[static_cast<size_t>(tick) % kSpokes];
    link.next_ = &spoke;
    link.previous_ = spoke.previous_;
    spoke.previous_->next_ = &link;
    spoke.previous_ = &link;
  }

  // Unlinks every object whose deadline is not after `now` and calls `expired(TimerLink&)`, which may arm,
  // disarm or destroy any object.
  template <typename Expired>
  void expire(TimePoint now, Expired&& expired) {
    const auto last = tick_of(now);
    auto tick = std::max(turned_to_, last - static_cast<int64_t>(kSpokes) + 1);
    turned_to_ = std::max(turned_to_, last);  // before the callbacks: what they arm must not land behind us
    for (; tick <= last; ++tick) expire_spoke(spokes_[static_cast<size_t>(tick) % kSpokes], now, expired);
  }

  // When to call expire() next: the end of the first tick that holds anything. nullopt: nothing is armed.
  // Cheap to ask after every input: it goes on where it found something the last time.
  [[nodiscard]] std::optional<TimePoint> poll_timeout() const {
    const auto one_turn = turned_to_ + static_cast<int64_t>(kSpokes);
    for (first_ = std::max(first_, turned_to_); first_ < one_turn; ++first_) {
      const TimerLink& spoke = spokes_[static_cast<size_t>(first_) % kSpokes];
      if (spoke.next_ != &spoke) return TimePoint{(first_ + 1) * kTick};
    }
    return std::nullopt;
  }

 private:
  static constexpr size_t kSpokes = 1024;

  static int64_t tick_of(TimePoint time) { return time.time_since_epoch() / kTick; }

  template <typename Expired>
  void expire_spoke(TimerLink& spoke, TimePoint now, Expired&& expired) {
    TimerLink due;  // a list of its own, so that the callback may unlink anything
    due.next_ = due.previous_ = &due;
    for (TimerLink* link = spoke.next_; link != &spoke;) {
      TimerLink* const next = link->next_;
      if (link->deadline_ <= now) {
        link->unlink();
        link->next_ = &due;
        link->previous_ = due.previous_;
        due.previous_->next_ = link;
        due.previous_ = link;
      }
      link = next;
    }
    while (due.next_ != &due) {
      TimerLink* const link = due.next_;
      link->unlink();
      expired(*link);
    }
    due.next_ = due.previous_ = nullptr;
  }

  std::vector<TimerLink> spokes_;
  int64_t turned_to_;          // every tick before it holds nothing due
  mutable int64_t first_ = 0;  // a hint: the spokes from turned_to_ up to this tick hold nothing
};

}  // namespace base
