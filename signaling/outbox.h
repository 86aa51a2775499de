// The frames of one session: those handed to a connection and kept to be repeated, then those that wait for
// one.
#pragma once

#include <cstdint>
#include <limits>
#include <list>

#include "base/fetch_ahead.h"
#include "base/time.h"
#include "signaling/hub_options.h"
#include "signaling/message.h"

namespace signaling {

struct Entry {
  Frame frame;
  base::TimePoint due = base::TimePoint::max();  // a pending one expires then, a sent one is forgotten
  bool pending = false;                          // relayed and not yet known to have arrived
};

// Entries are in the order of acceptance throughout. Numbers are given when a connection takes a frame, so
// that one which expired while waiting leaves no hole in them.
class Outbox {
 public:
  using Entries = std::list<Entry>;  // a list, so that entries move from one to another without being copied

  // `queued_bytes` sums up the messages that wait in all outboxes, `history_bytes` the frames that were sent
  // and are kept; they outlive this one.
  Outbox(size_t& queued_bytes, size_t& history_bytes)
      : queued_bytes_(queued_bytes), history_bytes_(history_bytes) {}
  Outbox(const Outbox&) = delete;
  Outbox& operator=(const Outbox&) = delete;
  ~Outbox() {
    clear_waiting();
    history_bytes_ -= sent_bytes_;
  }

  // Room for a message of that cost which would wait, or which would be sent and be unconfirmed for a while?
  [[nodiscard]] bool has_room_waiting(size_t bytes, const QueueBounds& bounds) const;
  [[nodiscard]] bool has_room_pending(size_t bytes, const QueueBounds& bounds) const;

  void add_waiting(Entry entry);
  // The oldest alone; empty if nothing waits.
  Entries take_waiting();
  // Numbers the frame and keeps it within `bounds`, at the cost of older ones that have arrived. Returns it.
  [[nodiscard]] Frame add_sent(Entry entry, const QueueBounds& bounds);
  // As above, but keeps nothing.
  [[nodiscard]] Frame send_unkept(Frame frame);
  // Of a sent entry: it stays to be repeated.
  void mark_delivered(Entry& entry);

  // Does it still hold every frame after `last_seen`?
  [[nodiscard]] bool can_resume_after(uint64_t last_seen) const {
    return last_seen >= dropped_through_ && last_seen <= last_n_;
  }
  [[nodiscard]] bool can_resume() const { return dropped_through_ != kNever; }
  // Forgets sent frames up to `n`; returns those that were pending.
  [[nodiscard]] Entries confirm(uint64_t n);
  // Takes out what is due at `now`: returns pending ones, forgets others. `whole_queue`: if one that waits is
  // due, all that came after it are.
  [[nodiscard]] Entries expire(base::TimePoint now, bool whole_queue);
  // Takes out everything; returns pending ones. Numbers start again.
  [[nodiscard]] Entries clear();
  // For a fresh session: pending ones go back to wait, in front; other frames are dropped. Numbers start
  // again.
  void renew();
  // Drops the frames other than messages that wait: the session can no longer be resumed.
  void give_up_resume();

  [[nodiscard]] size_t waiting_bytes() const { return waiting_bytes_; }  // of messages
  [[nodiscard]] size_t sent_bytes() const { return sent_bytes_; }        // pending or delivered, and kept
  [[nodiscard]] size_t pending_bytes() const { return sent_pending_bytes_; }
  // Something was sent and is neither confirmed nor given up.
  [[nodiscard]] bool has_pending() const { return sent_pending_ > 0; }
  [[nodiscard]] Entries& sent() { return sent_; }
  [[nodiscard]] Entries& waiting() { return waiting_; }
  // Step 0 of add_sent(), see base/fetch_ahead.h.
  [[nodiscard]] bool fetch_ahead() const { return sent_.empty() || base::prefetch(sent_.back()); }
  [[nodiscard]] size_t waiting_updates() const { return waiting_.size() - waiting_messages_; }
  [[nodiscard]] bool is_empty() const { return sent_.empty() && waiting_.empty(); }
  // The earliest `due`; TimePoint::max() if nothing is.
  [[nodiscard]] base::TimePoint next_due() const;
  // The last receipt for a message id that is still kept, or null.
  [[nodiscard]] const Receipt* find_receipt(uint64_t id) const;

 private:
  static constexpr uint64_t kNever = std::numeric_limits<uint64_t>::max();

  [[nodiscard]] Frame number(Frame frame);
  void evict_sent(const QueueBounds& bounds);
  Entries extract_sent(Entries::iterator at);
  Entries extract_waiting(Entries::iterator at);
  void clear_waiting();

  size_t& queued_bytes_;
  size_t& history_bytes_;
  Entries sent_;
  Entries waiting_;
  uint64_t last_n_ = 0;
  uint64_t dropped_through_ = 0;  // the highest number that is not kept any more
  size_t sent_bytes_ = 0;
  size_t sent_pending_ = 0;
  size_t sent_pending_bytes_ = 0;
  size_t waiting_messages_ = 0;
  size_t waiting_bytes_ = 0;
};

// What an entry counts against bounds in bytes.
[[nodiscard]] size_t cost_of(const Entry& entry);
[[nodiscard]] uint64_t number_of(const Frame& frame);

}  // namespace signaling
