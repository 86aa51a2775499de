#include "app/hub/api_support.h"

#include "base/json_text.h"
#include "signaling/fingerprint.h"

namespace app::hub {

using net::HttpResponse;

HttpResponse answer_to(const signaling::Refusal& refusal) {
  return HttpResponse::problem(static_cast<uint16_t>(refusal.code), refusal.text);
}

HttpResponse answer_to(const signaling::dialects::Denial& denial) {
  auto response = HttpResponse::problem(denial.status, denial.text);
  if (denial.status == 401) response.headers.add("WWW-Authenticate", "Bearer");
  if (denial.retry_after > std::chrono::seconds(0))
    response.headers.add("Retry-After", std::to_string(denial.retry_after.count()));
  return response;
}

HttpResponse answer_to(storage::Fault fault) {
  switch (fault) {
    case storage::Fault::kConflict:
      return HttpResponse::problem(
          409, "a peer of that name or fingerprint is there already; choose another name");
    case storage::Fault::kNotFound:
      return HttpResponse::problem(404, "there is no such peer or invitation; ask for a new invitation");
    case storage::Fault::kSpent:
      return HttpResponse::problem(410, "the invitation was used, or its time is over; ask for a new one");
    case storage::Fault::kNameGone:
      return HttpResponse::problem(403,
                                   "a stranger registered this user's name after you were invited, so the "
                                   "invitation leads nowhere; ask the operator to remove that user, or for "
                                   "an invitation to another name");
    case storage::Fault::kLimit:
      return HttpResponse::problem(403, "the user has as many of them as it may have; remove one first");
    case storage::Fault::kInvalid:
      return HttpResponse::problem(400, "a value is too long or holds what it may not");
    default:
      return HttpResponse::problem(503, "the server cannot store that now; try again later");
  }
}

HttpResponse too_many_tries(std::chrono::seconds wait) {
  auto response = HttpResponse::problem(429, "too many tries; wait before the next");
  response.headers.add("Retry-After", std::to_string(wait.count()));
  return response;
}

HttpResponse no_content() {
  HttpResponse response;
  response.status = 204;
  return response;
}

HttpResponse created(const json& body) {
  auto response = HttpResponse::json(201, base::json_text(body));
  response.headers.add("Cache-Control", "no-store");
  return response;
}

json new_peer_answer(const std::string& token, const std::string& user, const std::string& name,
                     const std::string& kind, const std::string& fingerprint, bool verified) {
  return {{"token", token},
          {"user", user},
          {"peer",
           {{"name", name},
            {"kind", kind},
            {"fp", fingerprint.empty() ? json() : json(fingerprint)},
            {"verified", verified},
            {"online", false}}}};
}

std::string actor_of(const signaling::Peer& peer) {
  return "peer " + std::to_string(static_cast<int64_t>(peer.id));
}
std::string actor_of(const net::HttpRequest& request) { return request.client.ip.to_string(); }

void submit_write(Api& api, const net::HttpExchange& exchange, storage::Job job,
                  std::function<HttpResponse()> success) {
  const auto answer = [&api, exchange, success = std::move(success)](const storage::Outcome& outcome) {
    api.changed();
    exchange.respond(outcome ? success() : answer_to(outcome.error().fault));
  };
  // At shut-down storage finishes its jobs after the hub is gone, and before the loop is.
  const auto accepted =
      api.store.submit(std::move(job), [&loop = api.loop, answer](const storage::Outcome& outcome) {
        loop.post([answer, outcome] { answer(outcome); });
      });
  if (!accepted) exchange.respond(answer_to(accepted.error().fault));
}

std::vector<storage::PeerId> connected_of(const Api& api, std::string_view user) {
  std::vector<storage::PeerId> connected;
  const auto* const account = api.registry.snapshot().find_account(user);
  if (!account) return connected;
  for (const auto& peer :
       api.registry.table().peers_of(signaling::UserId{static_cast<int64_t>(account->id)})) {
    if (!peer->verified && api.is_connected(peer->id)) connected.push_back(id_of(*peer));
  }
  return connected;
}

signaling::PeerRef target_of(const Api& api, const signaling::PeerRef& actor, const Target& target) {
  if (!target) return actor;
  if (const auto fingerprint = signaling::canonical_fingerprint(*target))
    return api.registry.table().find_fingerprint(actor->user, *fingerprint);
  return api.registry.table().find_name(actor->user, *target);
}

}  // namespace app::hub
