#include "net/fd_watch.h"

#include <event2/event.h>

#include <new>

#include "net/event_loop.h"

namespace net {
namespace {

short to_libevent(Events events) {
  return static_cast<short>(EV_PERSIST | (contains(events, Events::kRead) ? EV_READ : 0) |
                            (contains(events, Events::kWrite) ? EV_WRITE : 0));
}

void call_handler(evutil_socket_t, short what, void* handler) {
  const auto read = what & EV_READ ? Events::kRead : Events::kNone;
  const auto write = what & EV_WRITE ? Events::kWrite : Events::kNone;
  static_cast<FdHandler*>(handler)->on_ready(read | write);
}

}  // namespace

void EventFree::operator()(event* handle) const { event_free(handle); }

FdWatch::FdWatch(EventLoop& loop, int fd, Events events, FdHandler& handler)
    : event_(event_new(loop.native(), fd, to_libevent(events), call_handler, &handler)) {
  if (!event_) throw std::bad_alloc();
  set_events(events);
}

void FdWatch::set_events(Events events) {
  if (events == events_) return;
  event_del(event_.get());
  events_ = events;
  if (events == Events::kNone) return;
  const auto handler = static_cast<FdHandler*>(event_get_callback_arg(event_.get()));
  event_assign(event_.get(), event_get_base(event_.get()), event_get_fd(event_.get()), to_libevent(events),
               call_handler, handler);
  event_add(event_.get(), nullptr);
}

}  // namespace net
