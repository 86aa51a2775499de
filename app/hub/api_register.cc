#include "app/hub/api_support.h"
#include "app/hub/enrolment.h"
#include "net/source_key.h"
#include "signaling/token.h"

namespace app::hub {

void register_peer(Api& api, const net::HttpRequest& request, const net::HttpExchange& exchange) {
  const auto now = api.loop.now();
  if (const auto wait = api.registrations.count_try(now.steady, request.client.ip)) {
    api.counters.throttled_registrations.add();
    return exchange.respond(too_many_tries(*wait));
  }
  const auto peer = read_registration(request.body);
  if (!peer) return exchange.respond(answer_to(peer.error()));
  const auto token = signaling::make_token(api.random);
  write<Enrolled>(
      api, exchange,
      [wanted = Enrolment{.peer = *peer,
                          .mode = api.options.registration,
                          .peers_per_user = api.options.peers_per_user,
                          .token = token.hash,
                          .actor = actor_of(request),
                          .source = net::source_of(request.client.ip).to_string(),
                          .connected = connected_of(api, peer->user),
                          .now = now.wall}](storage::Connection& connection, Enrolled& enrolled) {
        return enrol(connection, wanted, enrolled);
      },
      [&api, peer = *peer, token = token.text](const Enrolled& enrolled) {
        if (enrolled.refusal) {
          api.counters.refused_registrations.add();
          return answer_to(*enrolled.refusal);
        }
        return created(
            new_peer_answer(token, peer.user, peer.name, peer.kind, peer.fingerprint, enrolled.verified));
      });
}

}  // namespace app::hub
