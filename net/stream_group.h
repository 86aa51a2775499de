// What the streams of one loop share: the set that tells when their sockets are ready, a scratch buffer, a
// timer for all deadlines, the list of those to flush.
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "base/bytes.h"
#include "base/counter.h"
#include "base/time.h"
#include "base/timer_wheel.h"
#include "net/byte_queue.h"
#include "net/edge_set.h"
#include "net/link.h"
#include "net/timer.h"

namespace net {

class EventLoop;
class Stream;

// Totals of all streams that are or were in the group. One writer, any reader.
struct StreamTotals {
  base::Counter received_bytes;
  base::Counter sent_bytes;
  base::Counter dropped_messages;
  base::Counter dropped_bytes;
};

// One per thread that has streams; those still attached when it dies are detached. Must die before its loop.
// Loop's thread only.
class StreamGroup {
 public:
  static constexpr size_t kScratchBytes = 128 * 1024;

  explicit StreamGroup(EventLoop& loop);
  ~StreamGroup();
  StreamGroup(const StreamGroup&) = delete;
  StreamGroup& operator=(const StreamGroup&) = delete;

  // Flushes every stream that send() was called on since. Call it at the end of a batch that came from
  // elsewhere (UDP, a ring, a timer); after the streams' own callbacks it happens by itself.
  void flush();

  [[nodiscard]] EventLoop& loop() { return loop_; }
  [[nodiscard]] const StreamTotals& totals() const { return totals_; }

 private:
  friend class Stream;

  [[nodiscard]] base::MutableBytes scratch();
  // Memory of queues that ran empty, for those that fill: idle streams hold none, busy ones need no malloc.
  [[nodiscard]] ByteQueue spare_queue();
  void recycle(ByteQueue queue);
  void run_soon(Link<Stream>& link);
  void arm(base::TimerLink& link, base::TimePoint deadline);
  void run_pending();
  void expire();

  EventLoop& loop_;
  EdgeSet sockets_;
  std::unique_ptr<uint8_t[]> scratch_;
  base::TimerWheel wheel_;
  std::vector<ByteQueue> spare_queues_;
  LinkList<Stream> attached_;
  LinkList<Stream> pending_;
  LinkList<Stream> dirty_;
  Timer pending_timer_;
  Timer deadline_timer_;
  StreamTotals totals_;
};

}  // namespace net
