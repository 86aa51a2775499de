#include "app/hub/api_peerbook.h"

#include "app/hub/api_support.h"
#include "net/source_key.h"
#include "storage/accounts.h"
#include "storage/peers.h"
#include "storage/read_peers.h"

namespace app::hub {
namespace {

net::HttpResponse state_of(uint16_t status, bool verified, const std::string& user) {
  return net::HttpResponse::json(status, json{{"verified", verified}, {"uid", user}}.dump(
                                             -1, ' ', false, json::error_handler_t::replace));
}

void tell_peer(Api& api, const net::HttpRequest& request, const std::string& fingerprint,
               const net::HttpExchange& exchange) {
  const auto actor = bearer_of(api, request, exchange);
  if (!actor) return;
  auto asked = actor;
  if (!fingerprint.empty() && fingerprint != actor->fingerprint)
    asked = api.registry.table().find_fingerprint(fingerprint);
  // Foreign peers and unknown ones look the same. A peer that waits learns of itself only.
  if (!asked || asked->user != actor->user || (asked != actor && !actor->verified))
    return exchange.respond(net::HttpResponse::problem(404, "no such peer"));
  exchange.respond(state_of(200, asked->verified, asked->user_name));
}

// What a stranger hears of a fingerprint that is known.
net::HttpResponse tell_stranger(const signaling::Peer& peer, const std::string& user) {
  if (!user.empty() && user != peer.user_name)
    return net::HttpResponse::problem(409, "the fingerprint is associated to another user");
  return state_of(200, peer.verified, user);
}

// Why the peer may not be made; nullopt: it was.
using Refused = std::optional<signaling::Refusal>;

storage::Outcome add_waiting(storage::Connection& connection, const signaling::NewPeer& peer,
                             signaling::RegistrationMode mode, size_t max_peers,
                             const storage::AuditStamp& stamp, Refused& refused) {
  const auto account = storage::find_account(connection, peer.user);
  if (!account) return std::unexpected(account.error());
  const auto id = *account ? std::optional((*account)->id) : std::nullopt;
  const auto taken = storage::read_occupancy(connection, id, peer.name, peer.fingerprint);
  if (!taken) return std::unexpected(taken.error());
  const auto grant = signaling::decide_registration(mode,
                                                    {.exists = id.has_value(),
                                                     .has_otp_secret = id && !(*account)->otp_secret.empty(),
                                                     .peers = taken->peers,
                                                     .name_taken = taken->name_taken,
                                                     .fingerprint_taken = taken->fingerprint_taken},
                                                    max_peers);
  if (!grant) {
    refused = grant.error();
    return {};
  }
  if (!id) {  // nobody would be there to verify it
    refused = signaling::Refusal{403, "this user cannot be joined; ask for an invitation"};
    return {};
  }
  const auto added = storage::add_peer(connection,
                                       {.account = *id,
                                        .name = peer.name,
                                        .kind = peer.kind,
                                        .fingerprint = peer.fingerprint,
                                        .legacy = true,
                                        .max_peers = max_peers},
                                       stamp);
  return added ? storage::Outcome{} : std::unexpected(added.error());
}

void make_waiting(Api& api, const net::HttpRequest& request, const json& body,
                  const net::HttpExchange& exchange) {
  const auto peer = signaling::check_new_peer(text_of(body, "uid"), text_of(body, "name"),
                                              text_of(body, "kind"), text_of(body, "fp"));
  if (!peer) return exchange.respond(answer_to(peer.error()));
  const auto refused = std::make_shared<Refused>();
  write(
      api, exchange,
      [peer = *peer, refused, mode = api.options.registration, max_peers = api.options.peers_per_user,
       actor = actor_of(request), now = api.loop.now().wall](storage::Connection& connection) {
        return add_waiting(connection, peer, mode, max_peers, {actor, now}, *refused);
      },
      [peer = *peer, refused] { return *refused ? answer_to(**refused) : state_of(201, false, peer.user); });
}

void verify(Api& api, const net::HttpRequest& request, const net::HttpExchange& exchange) {
  const auto body = body_of(request, exchange);
  if (!body) return;
  const auto fingerprint = fingerprint_of(*body);
  if (!fingerprint) return exchange.respond(answer_to(fingerprint.error()));
  if (request.bearer_token() || !api.gate.options().legacy_peerbook)
    return tell_peer(api, request, *fingerprint, exchange);
  if (fingerprint->empty()) return exchange.respond(net::HttpResponse::problem(400, "Missing fingerprint"));
  // Known fingerprints count too: nobody shall ask for many of them.
  if (const auto wait =
          api.registrations.count_try(api.loop.now().steady, net::source_of(request.client.ip).to_string()))
    return exchange.respond(too_many_tries(*wait));
  if (const auto known = api.registry.table().find_fingerprint(*fingerprint))
    return exchange.respond(tell_stranger(*known, text_of(*body, "uid")));
  make_waiting(api, request, *body, exchange);
}

}  // namespace

void add_peerbook_routes(net::HttpRouter& router, Api& api) {
  router.add("POST", "/verify", [&api](const net::HttpRequest& request, const net::HttpExchange& exchange) {
    verify(api, request, exchange);
  });
}

}  // namespace app::hub
