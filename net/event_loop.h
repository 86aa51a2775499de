// One thread's event loop: descriptors, timers, signals and calls from other threads. libevent inside.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "base/time.h"
#include "net/round_pace.h"

struct event_base;

namespace net {

// Owns one event_base. Everything registered with it (FdWatch, Timer, SignalWatch, Mailbox, PacketRing
// consumer) must die before it. All calls belong to the thread that runs it, except stop() and post().
class EventLoop {
 public:
  EventLoop();  // throws std::system_error when the kernel gives no epoll or eventfd descriptor
  ~EventLoop();
  EventLoop(const EventLoop&) = delete;
  EventLoop& operator=(const EventLoop&) = delete;

  // Handles events until stop(). A stop() that came before run() ends it at once.
  void run();
  // From now on run() may wait between rounds as `pace` says. For a thread whose events bear to wait.
  void set_pace(const RoundPace::Options& pace);
  // Handles events until `done()` holds (asked after every round) or `deadline` has passed or stop() was
  // called. True if `done()` holds. For draining at shut-down and for tests.
  bool run_until(base::TimePoint deadline, const std::function<bool()>& done);

  // Ends run() after the round in progress. From any thread, and from a signal handler.
  void stop();
  // Runs `call` on the loop's thread, soon, in the order of posting. From any thread. Control path only: it
  // locks and allocates; data goes through a Mailbox or a PacketRing.
  void post(std::function<void()> call);

  // Reads both clocks.
  [[nodiscard]] base::Moment now() const;
  [[nodiscard]] base::TimePoint steady_now() const;

  // For net/ only, both. The first: what one event of libevent's has told of besides, for the pace.
  void count_events(uint32_t events);
  [[nodiscard]] event_base* native() const;

 private:
  struct Internals;
  std::unique_ptr<Internals> internals_;
};

}  // namespace net
