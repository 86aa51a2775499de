// Readiness of descriptors that come by thousands, told when it changes and not as long as it lasts.
#pragma once

#include <sys/epoll.h>

#include <array>
#include <cstddef>
#include <span>

#include "net/fd_watch.h"
#include "net/unique_fd.h"

namespace net {

class EdgeHandler {
 public:
  // On the loop's thread. Goes on until the descriptor has no more, or remembers that it has not: no call
  // comes for what was there before. May remove and destroy itself and any other, and close descriptors.
  virtual void on_ready(Events events) = 0;
  // See base/fetch_ahead.h.
  [[nodiscard]] virtual bool fetch_ahead(unsigned step) const = 0;

 protected:
  ~EdgeHandler() = default;
};

// An epoll set of its own inside the loop's. An event leads straight to its handler, where libevent fetches
// two objects more; the set holds no memory per descriptor; and since the kernel tells each change once
// (EPOLLET, epoll(7)), it need not ask every socket a second time whether it is still ready. What several
// handlers will touch is fetched side by side before the first of them is called.
//
// Must die before its loop, and not from inside a handler's call. Loop's thread only.
class EdgeSet final : private FdHandler {
 public:
  explicit EdgeSet(EventLoop& loop);  // throws std::system_error when the kernel gives no epoll descriptor

  // From now on the handler hears when `fd` becomes readable, becomes writable after a write that did not
  // find room enough, or ends (Events::kEnd, with an error too); first of what holds now. One call may tell
  // of several changes. False: the kernel has no memory or no watch left (fs.epoll.max_user_watches).
  [[nodiscard]] bool add(int fd, EdgeHandler& handler);
  // No word of `fd` comes after this. Before it is closed and before the handler dies.
  void remove(int fd, const EdgeHandler& handler);

 private:
  static constexpr size_t kEventsPerRound = 256;

  void on_ready(Events events) override;
  void tell_next();

  EventLoop& loop_;
  UniqueFd epoll_;
  std::array<epoll_event, kEventsPerRound> ready_;
  std::span<epoll_event> to_tell_;  // of ready_; null instead of a handler: it was removed meanwhile
  FdWatch watch_;                   // after epoll_: leaves the loop before the descriptor closes
};

}  // namespace net
