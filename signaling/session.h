// All that the hub holds of one peer. An idle one takes some 500 octets.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/timer_wheel.h"
#include "signaling/outbox.h"
#include "signaling/rate.h"

namespace signaling {

using SessionKey = std::array<uint8_t, 16>;

// Ids of a sender that still lack their last receipt.
class UnansweredIds {
 public:
  void add(uint64_t id) { ids_.push_back(id); }  // greater than all before
  // False if it is not there.
  bool remove(uint64_t id);
  [[nodiscard]] bool contains(uint64_t id) const;
  [[nodiscard]] size_t size() const { return ids_.size(); }
  void clear() { ids_ = {}; }

 private:
  std::vector<uint64_t> ids_;  // in growing order
};

// The last seq given for each sender.
class PairSequences {
 public:
  [[nodiscard]] uint64_t next(PeerId sender);
  void clear() { last_ = {}; }

 private:
  struct Last {
    PeerId sender;
    uint64_t seq;
  };
  std::vector<Last> last_;  // in the order of the senders
};

struct Session {
  // The sums are Outbox's.
  Session(PeerRef whose, size_t& queued_bytes, size_t& history_bytes)
      : peer(std::move(whose)), outbox(queued_bytes, history_bytes) {
    timer.owner = this;
  }

  // May be resumed: it has been welcomed, and its time is not over.
  [[nodiscard]] bool is_live() const { return serial != 0; }
  [[nodiscard]] bool is_ephemeral() const { return peer->id < PeerId{0}; }

  PeerRef peer;
  std::string secret;  // of an ephemeral peer
  std::optional<ConnectionId> connection;
  uint64_t serial = 0;  // grows with each fresh session of the hub; 0: not live
  SessionKey key{};
  bool confirms = false;
  bool keeps_history = true;
  bool announced = false;  // the others believe it online
  bool is_absent = false;  // an ephemeral name that messages wait for and nobody has attached to yet

  Outbox outbox;
  PairSequences sequences;
  UnansweredIds unanswered;
  std::optional<uint64_t> last_id;
  MessageRate rate;

  base::TimePoint offline_at = base::TimePoint::max();    // when the others are told
  base::TimePoint resume_until = base::TimePoint::max();  // set while disconnected
  struct Timer : base::TimerLink {
    Session* owner = nullptr;
  } timer;
};

// Forgets what the old session of the peer meant and gives the next one its number and its key.
void renew_session(Session& session, uint64_t serial, const SessionKey& key);
// The session cannot be resumed any more. What no connection took or confirmed goes on waiting.
void end_life(Session& session);

[[nodiscard]] std::string to_text(const SessionKey& key);
// Constant time.
[[nodiscard]] bool is_key(const SessionKey& key, std::string_view text);

}  // namespace signaling
