#include "app/hub/api_ice_servers.h"

#include <nlohmann/json.hpp>

#include "app/hub/api_support.h"
#include "base/json_text.h"

namespace app::hub {
namespace {

using net::HttpExchange;
using net::HttpRequest;
using net::HttpResponse;
using nlohmann::json;
using signaling::dialects::Denial;

constexpr std::string_view kWaits =
    "the token is good, and its peer is not verified yet; verify it from a verified peer or with a one-time "
    "password";

// Credentials are for one reader and for now.
HttpResponse uncached(uint16_t status, const json& body) {
  auto response = HttpResponse::json(status, base::json_text(body));
  response.headers.add("Cache-Control", "no-store");
  return response;
}

// Janus puts it into both parameters of the URL, and calls one of them `api`.
std::string token_of(const HttpRequest& request) {
  if (const auto bearer = request.bearer_token()) return std::string(*bearer);
  auto key = request.parameter("key").value_or("");
  return key.empty() ? request.parameter("api").value_or("") : key;
}

using Answer = HttpResponse (*)(const Gate& gate, const TurnCredential& credential,
                                const HttpRequest& request);

HttpResponse plain_shape(const Gate& gate, const TurnCredential& credential, const HttpRequest&) {
  return uncached(200, {{"iceServers", ice_servers_of(gate.options().ice_servers, credential)},
                        {"ttl", credential.ttl.count()}});
}

HttpResponse cloudflare_shape(const Gate& gate, const TurnCredential& credential, const HttpRequest&) {
  return uncached(201, {{"iceServers", ice_servers_of(gate.options().ice_servers, credential)}});
}

HttpResponse peerbook_shape(const Gate& gate, const TurnCredential& credential, const HttpRequest&) {
  auto urls = gate.options().ice_servers.stun_urls;
  const auto& turn = gate.options().ice_servers.turn_urls;
  urls.insert(urls.end(), turn.begin(), turn.end());
  return uncached(200, json::array({{{"urls", urls},
                                     {"username", credential.username},
                                     {"credential", credential.password},
                                     {"credentialType", "password"}}}));
}

HttpResponse uberti_shape(const Gate& gate, const TurnCredential& credential) {
  return uncached(200, {{"username", credential.username},
                        {"password", credential.password},
                        {"ttl", credential.ttl.count()},
                        {"uris", gate.options().ice_servers.turn_urls}});
}

// One path for two servers' clients: those of draft-uberti name the service, by whatever method.
HttpResponse turn_shape(const Gate& gate, const TurnCredential& credential, const HttpRequest& request) {
  const bool is_uberti = request.method != "POST" || request.parameter("service") == "turn";
  return is_uberti ? uberti_shape(gate, credential) : peerbook_shape(gate, credential, request);
}

// `waiting_status`: of a good token whose peer is not verified. 401 says "not known" to our client, which
// then starts over; PeerBook's clients know nothing else.
net::HttpHandler answer_with(Gate& gate, Answer answer, uint16_t waiting_status = 403) {
  return [&gate, answer, waiting_status](const HttpRequest& request, const HttpExchange& exchange) {
    const auto token = token_of(request);
    const auto* peer = gate.peer_of(token);
    if (!peer && !token.empty()) return exchange.respond(answer_to(gate.refuse_token(request.client.ip)));
    if (!peer)
      return exchange.respond(answer_to(Denial{401, "the bearer token of a verified peer is needed"}));
    if (!peer->verified_at) return exchange.respond(answer_to(Denial{waiting_status, std::string(kWaits)}));
    exchange.respond(answer(gate, gate.credential_for(*gate.pass_of(token)), request));
  };
}

}  // namespace

void add_ice_server_routes(net::HttpRouter& router, Gate& gate) {
  router.add("GET", "/api/ice-servers", answer_with(gate, plain_shape));
  router.add("GET", "/turn", answer_with(gate, turn_shape));
  for (const auto* method : {"POST", "PUT"}) router.add(method, "/turn", answer_with(gate, turn_shape, 401));
  router.add("POST", "/iceservers", answer_with(gate, peerbook_shape, 401));
  router.add_prefix("POST", "/v1/turn/keys/", answer_with(gate, cloudflare_shape));
}

}  // namespace app::hub
