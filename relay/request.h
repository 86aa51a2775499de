// One authenticated request and the answers to it.
#pragma once

#include <initializer_list>
#include <optional>
#include <string_view>

#include "relay/core.h"
#include "stun/message.h"
#include "stun/message_writer.h"

namespace relay {

// Which integrity the answer carries (RFC 8489 §9.2.4): SHA-256 if the client named a password algorithm at
// all.
struct ReplyKey {
  base::Bytes key;  // a view into the identity's keys; empty: no integrity (before authentication)
  bool sha256 = false;
};

struct Request {
  const base::Moment& now;
  const ClientPath& from;
  const stun::Message& message;
  base::MutableBytes reply_space;
  Identity identity;  // filled by authenticate()
  ReplyKey reply_key;
  Allocation* allocation = nullptr;  // of that 5-tuple, if there is one
  // Whose key is good here even if the credential has expired meanwhile: the allocation's.
  const Identity* known_identity = nullptr;
  // Set by ConnectionBind: after the answer the stream carries the data of this connection.
  std::optional<ConnectionId> joins{};
  bool has_our_nonce = false;  // made for this address, if long ago
  RequestKey key = 0;          // once it is authenticated
};

// Whether an answer to somebody who is not authenticated may go out. An allocation's 5-tuple has a budget of
// its own, others draw on one of their source. False: drop it, which is counted already.
[[nodiscard]] bool may_answer(Core& core, const Request& request);
[[nodiscard]] bool may_answer(Core& core, base::TimePoint now, const FiveTuple& tuple, Allocation* allocation,
                              bool has_our_nonce);

// Starts an answer to `request`; finish_reply() closes it with integrity and, if the request had one,
// FINGERPRINT.
[[nodiscard]] stun::MessageWriter begin_success(const Request& request);
[[nodiscard]] base::Bytes finish_reply(const Request& request, stun::MessageWriter& writer);
// Integrity, unless there is no key, and FINGERPRINT.
void seal(stun::MessageWriter& writer, const ReplyKey& key, bool fingerprint);
// Counts a refusal and tells the observer.
void note_refusal(Core& core, const Request& request, stun::ErrorCode code, Reject reason);
// ERROR-CODE. With words for whom the answer certainly reaches; a datagram that may be forged gets none: less
// to amplify.
void write_error(stun::MessageWriter& writer, const Request& request, stun::ErrorCode code);
// A whole error answer, counted under `reason`.
[[nodiscard]] base::Bytes refuse(Core& core, const Request& request, stun::ErrorCode code, Reject reason);
// The same for who has not proved who it is: only if may_answer().
[[nodiscard]] base::Bytes refuse_stranger(Core& core, const Request& request, stun::ErrorCode code,
                                          Reject reason);

}  // namespace relay
