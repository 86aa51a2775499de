#include "net/signal_watch.h"

#include <event2/event.h>

#include <new>
#include <utility>

#include "net/event_loop.h"
#include "net/fd_watch.h"

namespace net {

struct SignalWatch::State {
  std::function<void()> caught;
  EventHandle event;

  static void fire(evutil_socket_t, short, void* argument) { static_cast<State*>(argument)->caught(); }
};

SignalWatch::SignalWatch(EventLoop& loop, int signal_number, std::function<void()> caught)
    : state_(std::make_unique<State>()) {
  state_->caught = std::move(caught);
  state_->event.reset(
      event_new(loop.native(), signal_number, EV_SIGNAL | EV_PERSIST, State::fire, state_.get()));
  if (!state_->event || event_add(state_->event.get(), nullptr) != 0) throw std::bad_alloc();
}

SignalWatch::~SignalWatch() = default;
SignalWatch::SignalWatch(SignalWatch&&) noexcept = default;
SignalWatch& SignalWatch::operator=(SignalWatch&&) noexcept = default;

}  // namespace net
