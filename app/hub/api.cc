#include "app/hub/api.h"

#include "app/hub/api_support.h"

namespace app::hub {
namespace {

using net::HttpExchange;
using net::HttpRequest;

net::HttpHandler anybody(Api& api, Handler handler) {
  return [&api, handler](const HttpRequest& request, const HttpExchange& exchange) {
    handler(api, request, exchange);
  };
}

net::HttpHandler a_peer(Api& api, PeerHandler handler) {
  return [&api, handler](const HttpRequest& request, const HttpExchange& exchange) {
    if (const auto actor = bearer_of(api, request, exchange)) handler(api, actor, request, exchange);
  };
}

}  // namespace

signaling::PeerRef bearer_of(Api& api, const HttpRequest& request, const HttpExchange& exchange) {
  const auto token = request.bearer_token();
  const auto* stored = token ? api.gate.peer_of(*token) : nullptr;
  auto peer =
      stored ? api.registry.table().find(signaling::PeerId{static_cast<int64_t>(stored->id)}) : nullptr;
  if (peer) return peer;
  exchange.respond(answer_to(
      token
          ? api.gate.refuse_token(request.client.ip)
          : signaling::dialects::Denial{401, "the bearer token of a peer is needed; ask for an invitation"}));
  return nullptr;
}

void add_identity_routes(net::HttpRouter& router, Api& api) {
  router.add("POST", "/api/invitations/redeem", anybody(api, redeem_invitation));
  router.add("POST", "/api/register", anybody(api, register_peer));
  router.add("POST", "/api/invitations", a_peer(api, make_invitation));
  router.add("POST", "/api/verify", a_peer(api, verify_peer));
  router.add("POST", "/api/rename", a_peer(api, rename_peer));
  router.add("POST", "/api/remove", a_peer(api, remove_peer));
}

}  // namespace app::hub
