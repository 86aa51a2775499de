#include "net/timer.h"

#include <event2/event.h>

#include <algorithm>
#include <new>
#include <utility>

#include "net/event_loop.h"
#include "net/fd_watch.h"
#include "net/system_clock.h"

namespace net {
namespace {

timeval to_timeval(base::TimePoint::duration duration) {
  const auto micros =
      std::chrono::ceil<std::chrono::microseconds>(std::max(duration, duration.zero())).count();
  return {.tv_sec = micros / 1'000'000, .tv_usec = micros % 1'000'000};
}

}  // namespace

struct Timer::State {
  std::function<void()> expired;
  std::optional<base::TimePoint> deadline;
  EventHandle event;

  void schedule(base::TimePoint now) {
    const auto wait = to_timeval(*deadline - now);
    event_add(event.get(), &wait);
  }

  // libevent counts from a clock that lags by up to 4 ms, so it can be early: then wait for the rest.
  static void fire(evutil_socket_t, short, void* argument) {
    auto& state = *static_cast<State*>(argument);
    const auto now = read_steady_clock();
    if (!state.deadline) return;
    if (now < *state.deadline) return state.schedule(now);
    state.deadline.reset();
    const auto expired = state.expired;  // a copy: the call may destroy the timer
    expired();
  }
};

Timer::Timer(EventLoop& loop, std::function<void()> expired) : state_(std::make_unique<State>()) {
  state_->expired = std::move(expired);
  state_->event.reset(event_new(loop.native(), -1, EV_TIMEOUT, State::fire, state_.get()));
  if (!state_->event) throw std::bad_alloc();
}

Timer::~Timer() = default;
Timer::Timer(Timer&&) noexcept = default;
Timer& Timer::operator=(Timer&&) noexcept = default;

void Timer::arm(base::TimePoint deadline) {
  if (state_->deadline == deadline) return;
  state_->deadline = deadline;
  state_->schedule(read_steady_clock());
}

void Timer::arm_or_disarm(std::optional<base::TimePoint> deadline) { deadline ? arm(*deadline) : disarm(); }

void Timer::disarm() {
  if (!state_->deadline) return;
  state_->deadline.reset();
  event_del(state_->event.get());
}

std::optional<base::TimePoint> Timer::deadline() const { return state_->deadline; }

}  // namespace net
