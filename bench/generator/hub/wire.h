// What clients and a hub say to each other, as far as a load generator needs it. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace bench::generator::hub {

enum class Dialect : uint8_t {
  kIcebox,  // GET /ws, icebox.v1 (docs/signaling.md)
  kPeerJs,  // the PeerJS server's, v1
};

// Where a client left off.
struct ResumePoint {
  std::string session;
  uint64_t last_n = 0;
};

// Clients come in pairs: 0 and 1, 2 and 3, ... and each talks to the other of its pair.
struct Wire {
  Dialect dialect = Dialect::kIcebox;
  std::string path = "/ws";
  std::string key = "peerjs";  // of kPeerJs
  bool confirms = false;       // of kIcebox: receipts come when the receiver has confirmed

  // Of the upgrade request: path and query.
  [[nodiscard]] std::string request_target(uint32_t client, const std::optional<ResumePoint>& resume) const;
  // What goes before and behind the payload of a message to the other of the pair.
  [[nodiscard]] std::string message_head(uint32_t client) const;
  [[nodiscard]] std::string message_tail(std::optional<uint64_t> id) const;
};

// {"seen":n}; kIcebox only.
[[nodiscard]] std::string confirmation(uint64_t n);

// A text of the server.
struct Heard {
  enum class Kind : uint8_t {
    kWelcome,   // attached
    kRelayed,   // a message of the other
    kAccepted,  // the message `id` was taken: queued or delivered
    kNotice,    // presence and the like
    kRefusal,   // something of ours was refused, or lost
  };
  Kind kind = Kind::kNotice;
  uint64_t n = 0;              // of kIcebox, 0: none
  uint64_t id = 0;             // of kAccepted
  std::string_view session{};  // of kWelcome, kIcebox; a view into the text
  bool resumed = false;        // of kWelcome
};

// Looks at what it must and no further: the server is under test, not its JSON.
[[nodiscard]] Heard read_text(Dialect dialect, std::string_view text);

}  // namespace bench::generator::hub
