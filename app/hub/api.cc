#include "app/hub/api.h"

#include "app/hub/api_support.h"
#include "app/hub/foreign_page.h"

namespace app::hub {
namespace {

using net::HttpExchange;
using net::HttpRequest;

// They hand out tokens.
net::HttpHandler anybody(Api& api, Handler handler) {
  return [&api, handler](const HttpRequest& request, const HttpExchange& exchange) {
    auto refusal = refuse_foreign_page(request, api.origins);
    if (!refusal) refusal = refuse_form(request);
    if (refusal) return exchange.respond(answer_to(*refusal));
    handler(api, request, exchange);
  };
}

net::HttpHandler a_peer(Api& api, PeerHandler handler) {
  return [&api, handler](const HttpRequest& request, const HttpExchange& exchange) {
    if (const auto refusal = refuse_foreign_page(request, api.origins))
      return exchange.respond(answer_to(*refusal));
    if (const auto bearer = bearer_of(api, request, exchange)) handler(api, *bearer, request, exchange);
  };
}

}  // namespace

std::optional<Bearer> bearer_of(Api& api, const HttpRequest& request, const HttpExchange& exchange) {
  const auto token = request.bearer_token();
  const auto pass = token ? api.gate.pass_of(*token) : std::nullopt;
  auto peer = pass ? api.registry.table().find(pass->peer) : nullptr;
  if (peer && pass->token) return Bearer{std::move(peer), *pass->token};
  exchange.respond(answer_to(
      token
          ? api.gate.refuse_token(request.client.ip)
          : signaling::dialects::Denial{401, "the bearer token of a peer is needed; ask for an invitation"}));
  return std::nullopt;
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
