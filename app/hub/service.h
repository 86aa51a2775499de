// Signaling of the running server: peers, hub, dialects, their routes. Start here for app/hub.
#pragma once

#include <functional>
#include <memory>
#include <set>
#include <vector>

#include "app/hub/api.h"
#include "app/hub/gate.h"
#include "app/hub/housekeeping.h"
#include "app/hub/peer_registry.h"
#include "app/hub/signalled_addresses.h"
#include "net/http_router.h"
#include "net/stream_group.h"
#include "net/system_random.h"
#include "net/timer.h"
#include "signaling/dialects/ice_test.h"
#include "signaling/dialects/peerjs.h"
#include "signaling/dialects/switchboard.h"
#include "signaling/dialects/websocket.h"

namespace app::hub {

struct ServiceOptions {
  bool strict_permissions = false;  // peers may permit only addresses that they were told of
  signaling::HubOptions hub;
  net::WebSocketOptions sockets;
  std::vector<std::string> allowed_origins;
  signaling::dialects::PeerJsOptions peerjs;
  signaling::dialects::IceTestOptions ice_test;
  GateOptions gate;
  ApiOptions api;
};

// Control thread only. Everything passed by reference outlives it.
class Service {
 public:
  Service(net::EventLoop& loop, net::StreamGroup& group, storage::Store& store, SignalledAddresses& signalled,
          const ServiceOptions& options);

  // `router` outlives it.
  void add_routes(net::HttpRouter& router);
  // `gone` hears of peers that were removed, are not verified any more, or had a token that was revoked or
  // has expired: what else was had by it must end.
  void on_peers_gone(std::function<void(const std::vector<int64_t>& peers)> gone) { gone_ = std::move(gone); }
  // `guessed` hears of one-time passwords that somebody guesses at.
  void on_guessed(std::function<void(const OtpGuess&)> guessed) { guessed_ = std::move(guessed); }
  // Storage may have changed, by us or by another process, and tokens may have expired: tells the hub. Cheap
  // when nothing has happened; how often it is called is how late a token's end comes.
  void refresh();
  // Of a reload. WebSockets keep the bounds that they were opened with.
  void change_options(const ServiceOptions& options);
  // Clients are told to come again, for here they may not stay.
  void drain();
  // They are told that the server ends (1001).
  void end();
  [[nodiscard]] size_t connections() const { return websocket_.connections() + peerjs_.connections(); }

  [[nodiscard]] const signaling::dialects::Switchboard& switchboard() const { return switchboard_; }
  [[nodiscard]] const signaling::dialects::WebSocketDialect& websocket() const { return websocket_; }
  [[nodiscard]] const signaling::dialects::PeerJsDialect& peerjs() const { return peerjs_; }
  [[nodiscard]] const signaling::dialects::IceTestDialect& ice_test() const { return ice_test_; }
  [[nodiscard]] const PeerRegistry& registry() const { return registry_; }
  [[nodiscard]] const GateCounters& gate_counters() const { return gate_.counters(); }
  [[nodiscard]] const ApiCounters& api_counters() const { return api_.counters; }

 private:
  void tell_of_guess(const OtpGuess& guess);
  // Of the WebSockets, those that `changes` concern or all; adds whose they were to `gone`.
  void end_revoked(const PeerRegistry::Changes& changes, std::set<int64_t>& gone);
  void end_revoked(std::set<int64_t>& gone);
  void note_addresses(const signaling::Message& message);
  void allow_pages_of(const std::vector<std::string>& origins);

  net::EventLoop& loop_;
  net::SystemRandom random_;
  PeerRegistry registry_;
  SignalledAddresses& signalled_;
  Housekeeping housekeeping_;
  signaling::dialects::Switchboard switchboard_;
  Gate gate_;
  Api api_;
  signaling::dialects::WebSocketDialect websocket_;
  signaling::dialects::PeerJsDialect peerjs_;
  signaling::dialects::IceTestDialect ice_test_;
  std::vector<std::string> allowed_origins_;
  net::HttpRouter* router_ = nullptr;  // null until add_routes()
  std::function<void(const std::vector<int64_t>&)> gone_;
  std::function<void(const OtpGuess&)> guessed_;
};

}  // namespace app::hub
