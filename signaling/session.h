// All that the hub holds of one peer. An idle one takes some 500 octets.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/fetch_ahead.h"
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
  void clear() {
    latest_ = {};
    others_ = {};
  }

 private:
  struct Last {
    PeerId sender{};
    uint64_t seq = 0;
  };
  Last latest_;               // whose message came last: most often the next is its too
  std::vector<Last> others_;  // in the order of the senders; that of the latest is out of date
};

struct Session;

// Whom the last message went to: most go where the one before went.
class LastTarget {
 public:
  // Null if it was another, or if the tables have changed since.
  [[nodiscard]] Session* find(std::string_view target, uint64_t version) const {
    return version == version_ && target == target_ ? receiver_ : nullptr;
  }
  // Whoever that was; null if the tables have changed since.
  [[nodiscard]] const Session* receiver(uint64_t version) const {
    return version == version_ ? receiver_ : nullptr;
  }
  // Step 0 of find(), see base/fetch_ahead.h.
  [[nodiscard]] bool fetch_ahead() const { return base::prefetch(std::string_view(target_)); }
  void set(std::string_view target, uint64_t version, Session& receiver) {
    target_ = target;
    version_ = version;
    receiver_ = &receiver;
  }

 private:
  std::string target_;
  uint64_t version_ = 0;  // HubState::tables_version
  Session* receiver_ = nullptr;
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

  // In the order in which a message touches them, so that it waits for as little memory as can be: both its
  // sessions, its sender's, its receiver's, then what it has no use for.
  PeerRef peer;
  std::optional<ConnectionId> connection;
  uint64_t serial = 0;  // grows with each fresh session of the hub; 0: not live
  bool confirms = false;
  bool keeps_history = true;
  bool announced = false;  // the others believe it online
  bool is_absent = false;  // an ephemeral name that messages wait for and nobody has attached to yet

  std::optional<uint64_t> last_id;
  LastTarget last_target;
  MessageRate rate;

  PairSequences sequences;
  Outbox outbox;
  struct Timer : base::TimerLink {
    Session* owner = nullptr;
  } timer;

  UnansweredIds unanswered;
  base::TimePoint offline_at = base::TimePoint::max();    // when the others are told
  base::TimePoint resume_until = base::TimePoint::max();  // set while disconnected
  std::string secret;                                     // of an ephemeral peer
  SessionKey key{};
};

// Forgets what the old session of the peer meant and gives the next one its number and its key.
void renew_session(Session& session, uint64_t serial, const SessionKey& key);
// The session cannot be resumed any more. What no connection took or confirmed goes on waiting.
void end_life(Session& session);

[[nodiscard]] std::string to_text(const SessionKey& key);
// Constant time.
[[nodiscard]] bool is_key(const SessionKey& key, std::string_view text);

}  // namespace signaling
