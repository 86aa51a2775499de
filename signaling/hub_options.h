// Bounds and delays of the hub. Every table and queue has one.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace signaling {

struct QueueBounds {
  size_t messages = 64;
  size_t bytes = 256 * 1024;
  std::chrono::nanoseconds age = std::chrono::seconds(30);
};

struct RateLimits {  // per sending peer
  uint64_t messages_per_second = 50;
  uint64_t burst_messages = 200;
  uint64_t bytes_per_second = 512 * 1024;
  uint64_t burst_bytes = 1024 * 1024;  // at least the largest message, or it never passes
};

struct HubOptions {
  // What waits for a receiver without a connection. `signaling.offline_queue`.
  QueueBounds offline_queue;
  // What a session keeps to repeat it after a resume. Older than `age` has arrived: a dialect whose
  // connection answers no ping for a minute drops it, and resume_for passes after that.
  QueueBounds history{256, 256 * 1024, std::chrono::seconds(90)};
  std::chrono::nanoseconds resume_for = std::chrono::seconds(30);
  // A receiver that confirms has that long before the sender hears 410.
  std::chrono::nanoseconds confirm_within = std::chrono::seconds(30);
  // A connection lost without farewell and back within this was never offline.
  std::chrono::nanoseconds presence_grace = std::chrono::seconds(5);
  RateLimits rates;
  // Of a user's peers that nobody has verified, the others hear when they are made, renamed or removed, so
  // often at most. Whether they are connected nobody hears.
  uint64_t stranger_updates_per_second = 1;
  uint64_t burst_stranger_updates = 10;
  size_t unanswered_ids = 1024;             // of one session: messages that still lack their last receipt
  size_t sessions = 200'000;                // in all; beyond, closes with 1013
  size_t queued_bytes = 256 * 1024 * 1024;  // in all offline queues of registered peers
  // In all histories. Beyond, nothing that has arrived is kept: a resume becomes a fresh session.
  size_t history_bytes = 256 * 1024 * 1024;
  // Whatever others have filled, so much may wait for each receiver, and as much be unconfirmed by it.
  size_t receiver_bytes = 64 * 1024;
  // Once half of all queues, or of all histories, is taken: what the peers of one user may have of it
  // together, beyond receiver_bytes for each.
  size_t user_bytes = 16 * 1024 * 1024;
};

// Names without registration, as PeerJS and ice-test have them.
struct RealmOptions {
  QueueBounds queue;
  bool queue_for_absent = false;     // messages to a name that is not there wait for it, else 404
  bool queue_expires_whole = false;  // the age of the oldest ends all, as PeerJS has it
  size_t absent_names = 10'000;      // with something waiting
  // In all queues of the realm. Apart from those of registered peers: strangers must not fill theirs.
  size_t queued_bytes = 32 * 1024 * 1024;
  RateLimits rates;
};

}  // namespace signaling
