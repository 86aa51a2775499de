// The messages of PeerJS as JSON, as its server 1.0 and its client 1.5 write them. Pure.
#pragma once

#include <cstdint>
#include <expected>
#include <memory>
#include <string>
#include <string_view>

#include "signaling/message.h"

namespace signaling::dialects {

enum class PeerJsType : uint8_t {
  kHeartbeat,
  kOffer,
  kAnswer,
  kCandidate,
  kLeave,
  kOther,  // nothing that a client has to say: unknown, or a server's own (OPEN, EXPIRE, ERROR, ID-TAKEN)
};

// {"type":..,"payload":..,"dst":..}; other keys, a claimed "src" among them, are not looked at.
struct PeerJsMessage {
  PeerJsType type = PeerJsType::kOther;
  std::string dst;      // empty: none
  std::string payload;  // JSON as it stands; empty: none
};

// Keeps its buffers; one per thread.
class PeerJsReader {
 public:
  PeerJsReader();
  ~PeerJsReader();

  // `text` need not be UTF-8. The error is static: no JSON object, one of the keys twice, or a dst that is no
  // string.
  [[nodiscard]] std::expected<PeerJsMessage, std::string_view> read(std::string_view text);

 private:
  struct Parser;
  std::unique_ptr<Parser> parser_;
};

[[nodiscard]] std::string peerjs_open_json();
// `type`: "ERROR" or "ID-TAKEN".
[[nodiscard]] std::string peerjs_refusal_json(std::string_view type, std::string_view message);
// What `dst` sent to `src` was not delivered.
[[nodiscard]] std::string peerjs_expire_json(std::string_view src, std::string_view dst);
// `to` is overwritten: its memory serves the next message too. kOther is LEAVE.
void write_peerjs_json(std::string& to, const Message& message);

}  // namespace signaling::dialects
