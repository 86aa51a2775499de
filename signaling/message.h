// What goes into the hub from a dialect, and what comes out for one.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "signaling/peer.h"

namespace signaling {

// Codes as the wires show them: HTTP's numbers in errors and nacks, RFC 6455's and our own in closes.
inline constexpr int kErrorBadRequest = 400;
inline constexpr int kErrorUnverified = 401;
inline constexpr int kErrorForbidden =
    403;  // an SDP that is not the sender's own, a target that is not verified
inline constexpr int kErrorNoSuchPeer = 404;    // unknown and foreign targets alike
inline constexpr int kErrorConflict = 409;      // an id that does not grow, a name in use
inline constexpr int kErrorNotDelivered = 410;  // waited as long as it may
inline constexpr int kErrorTooMuch = 429;       // too fast, or too many messages without a receipt
inline constexpr int kErrorQueueFull = 507;
inline constexpr uint16_t kCloseTryLater = 1013;
inline constexpr uint16_t kCloseReplaced = 4001;
inline constexpr uint16_t kCloseRevoked = 4002;  // peer deleted or token revoked

// kOffer to kData: the body is the text of the value under that key. kOther: whatever the dialects of a realm
// agree on (PeerJS keeps its own types there).
enum class MessageKind : uint8_t { kOffer, kAnswer, kCandidate, kData, kOther };

// A peer of a realm without registration.
struct Ephemeral {
  UserId realm{};  // opened with open_realm
  std::string name;
  std::string kind;
  // While the name is connected, only an attach with the same secret takes it over; others are Refused(409).
  std::string secret;
};

struct Resume {
  std::string session;    // as the Welcome gave it
  uint64_t last_seq = 0;  // the last n that was seen
};

struct Attach {
  // The caller has authenticated it: by token, certificate or, for an ephemeral one, not at all.
  std::variant<PeerId, Ephemeral> who;
  std::optional<Resume> resume = std::nullopt;
  bool confirms = false;      // it will report what it has seen
  bool keeps_history = true;  // false: its dialect has no resume, so that nothing need be kept
};

enum class Ending : uint8_t { kClean, kBroken };  // a farewell was said, or the connection is just gone

// To be relayed.
struct Outgoing {
  std::string target;  // fingerprint or name of a peer of the same user
  MessageKind kind = MessageKind::kOther;
  std::string body;            // opaque, moved and never copied
  std::optional<uint64_t> id;  // asks for receipts; grows within a session
  // The SDP of an offer or answer, unescaped; read during send() only. Registered peers send none without it.
  std::optional<std::string_view> sdp = std::nullopt;
};

// Accepted from a sender; immutable and shared from then on.
struct Message {
  PeerRef source;  // as it was when it sent
  PeerRef target;
  MessageKind kind = MessageKind::kOther;
  std::string body;
  std::optional<uint64_t> id;
  uint64_t sender_session = 0;  // receipts go to that session of the sender or to none
};

// The first output after an attach, or after the verification of a peer that waited.
struct Welcome {
  struct Listed {
    PeerRef peer;
    bool online = false;
  };
  PeerRef self;
  std::string session;        // to resume with, 32 hex digits; a secret of this peer
  bool resumed = false;       // true: what was missed follows; false: n starts again at 1
  std::vector<Listed> peers;  // all of the user, self included; empty in ephemeral realms
};

// Frames of a session: numbered 1, 2, 3.. by `n` across all kinds, repeated with the same n after a resume.
struct Relayed {
  uint64_t n = 0;
  uint64_t seq =
      0;  // of this sender to this session, from 1: a gap is a message that expired. 0 in ephemeral realms
  std::shared_ptr<const Message> message;
};
enum class ReceiptStatus : uint8_t { kQueued, kDelivered, kNotDelivered };
struct Receipt {
  uint64_t n = 0;
  std::optional<uint64_t> id;  // absent: an expired message that had none
  ReceiptStatus status = ReceiptStatus::kDelivered;
  PeerRef target;
  std::string_view text;  // of kNotDelivered (code 410), static
};
struct PeerUpdate {
  uint64_t n = 0;
  PeerRef peer;    // as it is now; if removed, as it was
  PeerRef before;  // if its record changed
  bool online = false;
  bool removed = false;
};

// An input was not taken; nothing has changed. Not numbered: who misses it asks again.
struct Refused {
  int code = 0;
  std::string_view text;  // static
  std::optional<uint64_t> id;
  std::chrono::milliseconds retry_after{};  // of kErrorTooMuch: when it may be taken; else 0
};
// The caller closes the connection after what it has been given before; the hub has forgotten it already.
struct Close {
  uint16_t code = 0;
  std::string text;
};

using Frame = std::variant<Relayed, Receipt, PeerUpdate>;
struct Output {
  ConnectionId connection{};
  std::variant<Welcome, Relayed, Receipt, PeerUpdate, Refused, Close> what;
};

}  // namespace signaling
