#include "app/hub/service.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "app/hub/api_ice_servers.h"
#include "app/hub/api_peerbook.h"
#include "app/hub/pages.h"
#include "base/json_text.h"

namespace app::hub {

namespace {

// PeerJS knows nobody, and never will.
net::WebSocketOptions sockets_of_strangers(net::WebSocketOptions sockets, base::RandomSource& random) {
  constexpr size_t kPerSource = 256 * 1024;
  constexpr size_t kSources = 4;
  net::OctetPool::Limits limits;
  limits.per_source = std::max(kPerSource, 4 * sockets.limits.message_bytes);
  limits.in_all = kSources * limits.per_source;
  sockets.strangers = limits;
  sockets.key = {random.word<uint64_t>(), random.word<uint64_t>()};
  return sockets;
}

}  // namespace

Service::Service(net::EventLoop& loop, net::StreamGroup& group, storage::Store& store,
                 SignalledAddresses& signalled, const ServiceOptions& options)
    : loop_(loop),
      registry_({random_.word<uint64_t>(), random_.word<uint64_t>()}, store.peers(), loop.now().wall),
      signalled_(signalled),
      housekeeping_(loop, store),
      switchboard_(loop, registry_.table(), random_, options.hub),
      gate_(
          loop, store, registry_, [this] { refresh(); }, options.gate),
      api_{loop, store, registry_, gate_, [this] { refresh(); }, random_, options.api},
      websocket_(loop, group, switchboard_, gate_, options.sockets,
                 net::OriginPolicy(options.allowed_origins)),
      peerjs_(group, switchboard_, random_, sockets_of_strangers(options.sockets, random_), options.peerjs,
              net::OriginPolicy(options.allowed_origins)),
      ice_test_(group, switchboard_, random_, options.ice_test, net::OriginPolicy(options.allowed_origins)),
      allowed_origins_(options.allowed_origins) {
  api_.is_connected = [this](signaling::PeerId peer) { return switchboard_.hub().is_connected(peer); };
  api_.guessed = [this](const OtpGuess& guess) { tell_of_guess(guess); };
  switchboard_.on_attach([this, &loop](signaling::PeerId peer) {
    const auto now = loop.now().wall;
    registry_.note_connect(peer, now);
    housekeeping_.note_connect(storage::PeerId{static_cast<int64_t>(peer)}, now);
  });
  signalled_.turn(options.strict_permissions);
  if (options.strict_permissions)
    switchboard_.on_relaying([this](const signaling::Message& message) { note_addresses(message); });
}

void Service::add_routes(net::HttpRouter& router) {
  router.add("GET", "/ws", [this](const net::HttpRequest& request, const net::HttpExchange& exchange) {
    websocket_.serve(request, exchange);
  });
  const auto peerjs = [this](const net::HttpRequest& request, const net::HttpExchange& exchange) {
    peerjs_.serve(request, exchange);
  };
  router.add("GET", "/peerjs", peerjs);
  router.add_prefix("GET", "/peerjs/", peerjs);
  router.add("GET", "/receive", [this](const net::HttpRequest& request, const net::HttpExchange& exchange) {
    ice_test_.receive(request, exchange);
  });
  router.add("POST", "/send", [this](const net::HttpRequest& request, const net::HttpExchange& exchange) {
    ice_test_.send(request, exchange);
  });
  add_ice_server_routes(router, gate_);
  add_identity_routes(router, api_);
  add_peerbook_routes(router, api_);
  add_page_routes(router);
  router_ = &router;
  allow_pages_of(allowed_origins_);
}

void Service::tell_of_guess(const OtpGuess& guess) {
  const auto warning = base::json_text(nlohmann::json{
      {"warning", "one_time_passwords_guessed"},
      {"name", guess.peer_name},
      {"failures", guess.failures},
      {"removed", guess.is_removed},
      {"text",
       "somebody guesses at your one-time passwords; if it is not you, verify devices from this one, or ask"
       " the operator for a new secret"}});
  for (const auto& peer : registry_.table().peers_of(guess.user)) websocket_.tell_verified(peer->id, warning);
  if (guessed_) guessed_(guess);
}

// Of what the receiver is about to read: from now on it may permit them at the relay.
void Service::note_addresses(const signaling::Message& message) {
  const auto addresses = addresses_told(message);
  if (!addresses.empty()) signalled_.note(static_cast<int64_t>(message.target->id), addresses);
}

// Pages of other sites that use the API and what other servers call so, or load the JavaScript client from
// here.
void Service::allow_pages_of(const std::vector<std::string>& origins) {
  allowed_origins_ = origins;
  api_.origins = net::OriginPolicy(origins);
  if (!router_) return;
  for (const auto* prefix :
       {"/api/", "/client/", "/v1/", "/turn", "/iceservers", "/verify", "/send", "/receive", "/peerjs"})
    router_->allow_cors(prefix, {.origins = net::OriginPolicy(origins)});
}

void Service::refresh() {
  const auto changes = registry_.refresh(loop_.now().wall);
  std::set<int64_t> gone;
  for (const auto& [before, after] : changes.peers) {
    switchboard_.handle_peer_changed(before, after);
    if (before && !after) signalled_.forget(static_cast<int64_t>(before->id));
    if (before && before->verified && !(after && after->verified))
      gone.insert(static_cast<int64_t>(before->id));
  }
  for (const auto peer : changes.with_tokens_gone) gone.insert(static_cast<int64_t>(peer));
  end_revoked(changes, gone);
  if (!gone.empty() && gone_) gone_({gone.begin(), gone.end()});
}

// A token that a peer has got ends its claim: who changed is looked at, not only who lost a token.
void Service::end_revoked(const PeerRegistry::Changes& changes, std::set<int64_t>& gone) {
  if (!changes.looked_at) return end_revoked(gone);
  for (const auto* peers : {&*changes.looked_at, &changes.with_tokens_gone}) {
    for (const auto peer : *peers) {
      const auto id = static_cast<int64_t>(peer);
      if (websocket_.end_revoked(signaling::PeerId{id})) gone.insert(id);
    }
  }
}

void Service::end_revoked(std::set<int64_t>& gone) {
  for (const auto peer : websocket_.end_revoked()) gone.insert(static_cast<int64_t>(peer));
}

void Service::change_options(const ServiceOptions& options) {
  switchboard_.change_options(options.hub);
  const bool ends_claims = gate_.options().legacy_peerbook && !options.gate.legacy_peerbook;
  gate_.change_options(options.gate);
  if (ends_claims) {
    std::set<int64_t> gone;
    end_revoked(gone);
    if (!gone.empty() && gone_) gone_({gone.begin(), gone.end()});
  }
  api_.options = options.api;
  websocket_.change_sockets(options.sockets);
  websocket_.change_origins(net::OriginPolicy(options.allowed_origins));
  websocket_.refresh_ice_servers();
  allow_pages_of(options.allowed_origins);
  peerjs_.change_options(options.peerjs, options.sockets, net::OriginPolicy(options.allowed_origins));
  ice_test_.change_options(options.ice_test, net::OriginPolicy(options.allowed_origins));
}

void Service::end() {
  websocket_.close_all(net::WebSocketCode::kGoingAway, "the server ends");
  peerjs_.close_all(net::WebSocketCode::kGoingAway, "the server ends");
  ice_test_.close_all();
}

void Service::drain() {
  websocket_.close_all(net::WebSocketCode::kServiceRestart, "the server restarts");
  peerjs_.close_all(net::WebSocketCode::kServiceRestart, "the server restarts");
  ice_test_.close_all();
}

}  // namespace app::hub
