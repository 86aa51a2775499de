// A doorbell: any thread rings, the loop's thread answers.
#pragma once

#include <functional>

#include "net/fd_watch.h"
#include "net/unique_fd.h"

namespace net {

// One eventfd in one loop. Many rings before the answer are one answer. Must die before the loop.
class WakeUp final : private FdHandler {
 public:
  // `answer` runs on the loop's thread. Throws std::system_error when no descriptor is to be had.
  WakeUp(EventLoop& loop, std::function<void()> answer);
  WakeUp(const WakeUp&) = delete;
  WakeUp& operator=(const WakeUp&) = delete;

  // From any thread, and from a signal handler. Never blocks.
  void wake() const;

 private:
  void on_ready(Events events) override;

  std::function<void()> answer_;
  UniqueFd fd_;
  FdWatch watch_;  // after fd_: leaves the loop before the descriptor closes
};

}  // namespace net
