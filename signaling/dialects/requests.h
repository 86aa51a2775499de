// What clients say in their URLs and headers when they come: to /ws, /peerjs and /receive. Pure.
//
// Of parameters with the same name the first counts; others than those named are not looked at. Names, ids
// and sessions that are handed on are UTF-8: what is not would stop the writing of JSON. A refusal has
// nothing of the request in its text.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

#include "net/http_message.h"
#include "signaling/dialects/gate.h"
#include "signaling/message.h"
#include "signaling/refusal.h"

namespace signaling::dialects {

// Of a name, an id, a session, a token of PeerJS: the hub's bound of a target.
inline constexpr size_t kMaxParameterBytes = 256;

struct WebSocketRequest {
  Showing showing;
  std::optional<Resume> resume;  // nullopt: a fresh session
  bool confirms = false;
  std::string_view subprotocol;  // the one to choose, of those offered; empty: none. Static
};
// `GET /ws?fp=..&name=..&kind=..&session=..&last_seq=..&confirm=1`. The bearer token is that of Authorization
// or, for browsers, which cannot set it, of the first subprotocol "icebox.token.TOKEN"; it is handed on as it
// came. Refused (400):
// - a query with a broken escape: what it was to say cannot be known
// - `fp` that is no fingerprint; empty, as PeerBook's clients have it, is none
// - `name`, `kind`, `session` that are no UTF-8 or too long. PeerBook's name and kind are not handed on: a
//   peer has those that it was registered with. A session that we do not know is none, and no error
// - with a session, `last_seq` that is missing or no whole number below 2^64: taken for 0 it would repeat
//   what has arrived already
// - `confirm` that is neither 1 nor 0: a client that confirms and is not known to may lose messages
[[nodiscard]] std::expected<WebSocketRequest, Refusal> read_websocket_request(
    const net::HttpRequest& request);

struct PeerJsRequest {
  std::string id, token;  // neither empty nor above kMaxParameterBytes
  std::string key;        // not empty; to be compared and not to be written
};
// WebSocket `/peerjs/peerjs?key=..&id=..&token=..&version=..`. Refused: what the client is to be told;
// static, its server's text where that has one.
[[nodiscard]] std::expected<PeerJsRequest, std::string_view> read_peerjs_request(
    const net::HttpRequest& request);

enum class PeerJsPage : uint8_t { kInfo, kId, kPeers };
struct PeerJsPath {
  PeerJsPage page{};
  std::string_view key;  // a view into the path, or static; of kInfo empty
};
// The pages below a `path` that is "/peerjs" or below. A client is told "/peerjs" as its path, or "/" and the
// key "peerjs". Then its paths are
//   /peerjs/  /peerjs/KEY/id  /peerjs/KEY/peers  /peerjs/peerjs (WebSocket), or
//             /peerjs/id      /peerjs/peers      /peerjs (WebSocket)
// which never are the same. nullopt: there is none.
[[nodiscard]] std::optional<PeerJsPath> read_peerjs_path(std::string_view path);

// `GET /receive?id=ID`: the ID, neither empty nor above kMaxParameterBytes. Refused: 400.
[[nodiscard]] std::expected<std::string, Refusal> read_receiver_id(const net::HttpRequest& request);

}  // namespace signaling::dialects
