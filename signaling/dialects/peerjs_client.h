// One client of the dialect of PeerJS: its WebSocket and its place in the hub. For peerjs.cc alone.
#pragma once

#include <expected>
#include <optional>
#include <string>
#include <string_view>

#include "net/websocket_server.h"
#include "signaling/dialects/peerjs.h"
#include "signaling/dialects/requests.h"

namespace signaling::dialects {

inline constexpr UserId kPeerJsRealm{-1};  // whose names they are
// Its server's text, which applications may know.
inline constexpr std::string_view kPeerJsWrongKey = "Invalid key provided";

// Belongs to its WebSocket. `dialect` outlives it and knows it while it lives.
class PeerJsDialect::Client final : public net::WebSocketHandler, private Line {
 public:
  explicit Client(PeerJsDialect& dialect);
  ~Client() override;

  // Attaches it to the hub, or tells why not and closes.
  void enter(net::WebSocket& socket, const std::expected<PeerJsRequest, std::string_view>& asked);
  void close(net::WebSocketCode code, std::string_view reason);

  void on_message(net::WebSocket&, std::string_view text) override { handle(text); }
  void on_binary(net::WebSocket&, base::Bytes payload) override;
  void on_too_large(net::WebSocket&, uint64_t) override;
  void on_closed(net::WebSocket&, const net::WebSocketEnd&) override;
  [[nodiscard]] bool fetch_ahead(unsigned step) const override;

 private:
  void leave();
  // A client gives up its connection to the server when it hears ERROR.
  void refuse(std::string_view why, net::WebSocketCode code = net::WebSocketCode::kPolicy);
  void handle(std::string_view text);
  void relay(PeerJsMessage message);
  void expire(std::string_view src);

  void on_welcome(const Welcome&) override;
  void on_relayed(const Relayed& relayed) override;
  void on_receipt(const Receipt& receipt) override;
  void on_peer_update(const PeerUpdate&) override {}
  void on_refused(const Refused& refused) override;
  void on_close(const Close& close) override;
  [[nodiscard]] bool can_take(size_t body_bytes) override;
  [[nodiscard]] bool fetch_sending(unsigned step) const override;

  PeerJsDialect& dialect_;
  net::WebSocket* socket_ = nullptr;
  std::string id_;
  std::optional<ConnectionId> connection_;  // while the hub knows us
  const PeerJsMessage* sending_ = nullptr;  // while the hub has it
  int bad_messages_ = 0;
  bool is_open_ = false;
  bool too_fast_ = false;
};

}  // namespace signaling::dialects
