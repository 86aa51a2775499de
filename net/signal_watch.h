// UNIX signals as events of a loop.
#pragma once

#include <functional>
#include <memory>

namespace net {

class EventLoop;

// Calls `caught` on the loop's thread for every delivery of `signal_number` to the process. All SignalWatches
// of a process belong to one loop (libevent keeps one signal table). Must die before its loop. Loop's thread
// only.
class SignalWatch {
 public:
  SignalWatch(EventLoop& loop, int signal_number, std::function<void()> caught);
  ~SignalWatch();
  SignalWatch(SignalWatch&&) noexcept;
  SignalWatch& operator=(SignalWatch&&) noexcept;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace net
