#include "app/hub/api_peerbook.h"

#include "app/hub/api_support.h"
#include "app/hub/enrolment.h"
#include "app/hub/foreign_page.h"
#include "base/json_text.h"
#include "net/source_key.h"

namespace app::hub {
namespace {

net::HttpResponse state_of(uint16_t status, bool verified, const std::string& user) {
  return net::HttpResponse::json(status, base::json_text(json{{"verified", verified}, {"uid", user}}));
}

void tell_peer(Api& api, const net::HttpRequest& request, const std::string& fingerprint,
               const net::HttpExchange& exchange) {
  const auto bearer = bearer_of(api, request, exchange);
  if (!bearer) return;
  const auto& actor = bearer->peer;
  auto asked = actor;
  if (!fingerprint.empty() && fingerprint != actor->fingerprint)
    asked = api.registry.table().find_fingerprint(actor->user, fingerprint);
  // Foreign peers and unknown ones look the same. A peer that waits learns of itself only.
  if (!asked || asked->user != actor->user || (asked != actor && !actor->verified))
    return exchange.respond(net::HttpResponse::problem(404, "no such peer"));
  exchange.respond(state_of(200, asked->verified, asked->user_name));
}

// What a stranger hears of a fingerprint that is known: to the user that he names, or to a peer that came in
// by it alone. nullopt: of nothing.
std::optional<net::HttpResponse> tell_stranger(const storage::PeerSnapshot& peers, const Claim& claim) {
  const storage::Peer* legacy = nullptr;
  for (const auto* peer : peers.find_fingerprint(claim.fingerprint)) {
    if (peers.find(peer->account)->name == claim.user)
      return state_of(200, peer->verified_at.has_value(), claim.user);
    if (peer->legacy) legacy = peer;
  }
  if (!legacy) return std::nullopt;
  if (claim.user.empty()) return state_of(200, legacy->verified_at.has_value(), claim.user);
  return net::HttpResponse::problem(409, "the fingerprint is associated to another user");
}

// Nobody would be there to verify the first peer of a user: none is made.
void make_waiting(Api& api, const net::HttpRequest& request, const Claim& claim,
                  const net::HttpExchange& exchange) {
  const auto peer = signaling::check_new_peer(claim.user, claim.name, claim.kind, claim.fingerprint);
  if (!peer) return exchange.respond(answer_to(peer.error()));
  write<Enrolled>(
      api, exchange,
      [wanted = Enrolment{.peer = *peer,
                          .mode = api.options.registration,
                          .peers_per_user = api.options.peers_per_user,
                          .token = std::nullopt,
                          .may_make_account = false,
                          .actor = actor_of(request),
                          .source = net::source_of(request.client.ip).to_string(),
                          .connected = connected_of(api, peer->user),
                          .now = api.loop.now().wall}](storage::Connection& connection, Enrolled& enrolled) {
        return enrol(connection, wanted, enrolled);
      },
      [user = peer->user](const Enrolled& enrolled) {
        return enrolled.refusal ? answer_to(*enrolled.refusal) : state_of(201, false, user);
      });
}

void verify(Api& api, const net::HttpRequest& request, const net::HttpExchange& exchange) {
  if (const auto refusal = refuse_foreign_page(request, api.origins))
    return exchange.respond(answer_to(*refusal));
  const auto claim = read_claim(request.body);
  if (!claim) return exchange.respond(answer_to(claim.error()));
  if (request.bearer_token() || !api.gate.options().legacy_peerbook)
    return tell_peer(api, request, claim->fingerprint, exchange);
  if (claim->fingerprint.empty())
    return exchange.respond(net::HttpResponse::problem(400, "Missing fingerprint"));
  // Known fingerprints count too: nobody shall ask for many of them.
  if (const auto wait = api.registrations.count_try(api.loop.steady_now(), request.client.ip))
    return exchange.respond(too_many_tries(*wait));
  if (auto known = tell_stranger(api.registry.snapshot(), *claim)) return exchange.respond(*std::move(known));
  make_waiting(api, request, *claim, exchange);
}

}  // namespace

void add_peerbook_routes(net::HttpRouter& router, Api& api) {
  router.add("POST", "/verify", [&api](const net::HttpRequest& request, const net::HttpExchange& exchange) {
    verify(api, request, exchange);
  });
}

}  // namespace app::hub
