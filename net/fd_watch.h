// Readiness of one file descriptor, told to one handler.
#pragma once

#include <cstdint>
#include <memory>

struct event;

namespace net {

class EventLoop;

// Owner of libevent's `struct event`; removes it from its loop first.
struct EventFree {
  void operator()(event* handle) const;
};
using EventHandle = std::unique_ptr<event, EventFree>;

// A set of directions: kRead | kWrite. kEnd, which EdgeSet alone tells, comes with kRead: nothing will follow
// what can be read now.
enum class Events : uint8_t { kNone = 0, kRead = 1, kWrite = 2, kEnd = 4 };
[[nodiscard]] constexpr Events operator|(Events a, Events b) {
  return static_cast<Events>(static_cast<uint8_t>(a) | static_cast<uint8_t>(b));
}
[[nodiscard]] constexpr bool contains(Events set, Events event) {
  return (static_cast<uint8_t>(set) & static_cast<uint8_t>(event)) != 0;
}

// An interface and not a std::function: thousands of idle relay sockets each hold a watch.
class FdHandler {
 public:
  // On the loop's thread. A pending error or hang-up shows as every watched direction. The handler may
  // destroy the watch, itself and the descriptor.
  virtual void on_ready(Events events) = 0;

 protected:
  ~FdHandler() = default;
};

// Level-triggered: calls the handler as long as the descriptor is ready. Costs one `struct event` (about 130
// B) and a pointer. Must die before the descriptor is closed, before the handler and before the loop. Loop's
// thread only.
class FdWatch {
 public:
  FdWatch() = default;  // watches nothing
  FdWatch(EventLoop& loop, int fd, Events events, FdHandler& handler);

  // Replaces the watched directions; kNone pauses. Repeating the present set costs nothing.
  void set_events(Events events);
  [[nodiscard]] Events events() const { return events_; }

 private:
  EventHandle event_;
  Events events_ = Events::kNone;
};

}  // namespace net
