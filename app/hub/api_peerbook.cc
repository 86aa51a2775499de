#include "app/hub/api_peerbook.h"

#include "app/hub/api_support.h"
#include "app/hub/enrolment.h"
#include "app/hub/foreign_page.h"
#include "base/json_text.h"
#include "net/source_key.h"
#include "storage/accounts.h"
#include "storage/read_peers.h"

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

// What a stranger's claim comes to.
struct Claimed {
  std::optional<bool> known;  // the fingerprint, to the user that he names: whether that peer is verified
  Enrolled enrolled;
};

constexpr std::string_view kClaimedElsewhere =
    "that fingerprint is claimed in more than one account, so it opens none of them; ask for a token or an "
    "invitation";

using MaybePeer = std::expected<signaling::NewPeer, signaling::Refusal>;

// One job: a claim that a snapshot does not know yet may be on its way. What is known is told whatever it is
// called now; `enrolment.peer` is `peer`, if that is one.
storage::Outcome judge_claim(storage::Connection& connection, const Claim& claim, const MaybePeer& peer,
                             const Enrolment& enrolment, Claimed& claimed) {
  const auto account = storage::find_account(connection, claim.user);
  if (!account) return std::unexpected(account.error());
  const auto holders = storage::read_fingerprint_holders(
      connection, *account ? std::optional((*account)->id) : std::nullopt, claim.fingerprint);
  if (!holders) return std::unexpected(holders.error());
  claimed.known = holders->verified;
  if (claimed.known) return {};
  if (peer && !holders->is_claimed_elsewhere) return enrol(connection, enrolment, claimed.enrolled);
  claimed.enrolled.refusal = peer ? signaling::Refusal{403, std::string(kClaimedElsewhere)} : peer.error();
  return {};
}

// Tells of the peer that has the fingerprint, to who names its user, or makes one that waits. Nobody would be
// there to verify the first peer of a user: none is made.
void take_claim(Api& api, const net::HttpRequest& request, const Claim& claim,
                const net::HttpExchange& exchange) {
  const auto peer = signaling::check_new_peer(claim.user, claim.name, claim.kind, claim.fingerprint);
  write<Claimed>(
      api, exchange,
      [claim, peer,
       enrolment = Enrolment{.peer = peer.value_or(signaling::NewPeer{}),
                             .mode = api.options.registration,
                             .peers_per_user = api.options.peers_per_user,
                             .token = std::nullopt,
                             .may_make_account = false,
                             .actor = actor_of(request),
                             .source = net::source_of(request.client.ip).to_string(),
                             .connected = connected_of(api, claim.user),
                             .now = api.loop.now().wall}](storage::Connection& connection, Claimed& claimed) {
        return judge_claim(connection, claim, peer, enrolment, claimed);
      },
      [user = claim.user](const Claimed& claimed) {
        if (claimed.known) return state_of(200, *claimed.known, user);
        return claimed.enrolled.refusal ? answer_to(*claimed.enrolled.refusal) : state_of(201, false, user);
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
  take_claim(api, request, *claim, exchange);
}

}  // namespace

void add_peerbook_routes(net::HttpRouter& router, Api& api) {
  router.add("POST", "/verify", [&api](const net::HttpRequest& request, const net::HttpExchange& exchange) {
    verify(api, request, exchange);
  });
}

}  // namespace app::hub
