#include "net/event_loop.h"

#include <event2/event.h>

#include <atomic>
#include <cerrno>
#include <limits>
#include <memory>
#include <optional>
#include <system_error>
#include <thread>
#include <utility>

#include "net/mailbox.h"
#include "net/system_clock.h"
#include "net/timer.h"
#include "net/wake_up.h"

namespace net {
namespace {

struct EventBaseFree {
  void operator()(event_base* base) const { event_base_free(base); }
};
using EventBaseHandle = std::unique_ptr<event_base, EventBaseFree>;

// Without locks: whatever comes from another thread comes through an eventfd of ours.
EventBaseHandle new_event_base() {
  const std::unique_ptr<event_config, decltype(&event_config_free)> config(event_config_new(),
                                                                           event_config_free);
  event_config_set_flag(config.get(), EVENT_BASE_FLAG_NOLOCK);
  event_config_set_flag(config.get(), EVENT_BASE_FLAG_IGNORE_ENV);
  EventBaseHandle base(event_base_new_with_config(config.get()));
  if (!base) throw std::system_error(errno, std::generic_category(), "event loop: no epoll descriptor");
  return base;
}

}  // namespace

struct EventLoop::Internals {
  void run_round() {
    const auto began = read_steady_clock();
    event_base_loop(base.get(), EVLOOP_ONCE);
    if (!pace) return;
    const int active = event_base_get_max_events(base.get(), EVENT_BASE_COUNT_ACTIVE, 1);  // of this round
    const uint32_t events = static_cast<uint32_t>(active) + std::exchange(events_told, 0);
    const auto pause = pace->pause_after(began, read_steady_clock(), events);
    if (pause > pause.zero()) std::this_thread::sleep_for(pause);
  }

  EventBaseHandle base = new_event_base();
  std::optional<RoundPace> pace;
  uint32_t events_told = 0;  // by sets of descriptors, in this round
  std::atomic<bool> stop_asked = false;
  // After `base`, so that they leave it before it dies.
  std::unique_ptr<WakeUp> stop_wake_up;
  std::unique_ptr<Mailbox<std::function<void()>>> posted;
};

EventLoop::EventLoop() : internals_(std::make_unique<Internals>()) {
  internals_->stop_wake_up = std::make_unique<WakeUp>(*this, [] {});
  internals_->posted = std::make_unique<Mailbox<std::function<void()>>>(
      *this, std::numeric_limits<size_t>::max(), [](std::function<void()>&& call) { call(); });
}

EventLoop::~EventLoop() = default;

void EventLoop::set_pace(const RoundPace::Options& pace) { internals_->pace.emplace(pace); }

void EventLoop::run() {
  while (!internals_->stop_asked.load(std::memory_order_relaxed)) internals_->run_round();
  internals_->stop_asked.store(false);
}

bool EventLoop::run_until(base::TimePoint deadline, const std::function<bool()>& done) {
  bool late = false;
  Timer timer(*this, [&late] { late = true; });
  timer.arm(deadline);
  while (!done()) {
    if (late || internals_->stop_asked.exchange(false)) return false;
    event_base_loop(native(), EVLOOP_ONCE);
  }
  return true;
}

void EventLoop::stop() {
  internals_->stop_asked.store(true);
  internals_->stop_wake_up->wake();
}

void EventLoop::post(std::function<void()> call) { internals_->posted->push(std::move(call)); }

void EventLoop::count_events(uint32_t events) { internals_->events_told += events; }

base::Moment EventLoop::now() const { return read_clocks(); }

base::TimePoint EventLoop::steady_now() const { return read_steady_clock(); }

event_base* EventLoop::native() const { return internals_->base.get(); }

}  // namespace net
