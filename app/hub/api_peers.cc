#include "app/hub/api_support.h"
#include "signaling/peer_name.h"
#include "storage/peers.h"

namespace app::hub {

void rename_peer(Api& api, const signaling::PeerRef& actor, const net::HttpRequest&, const json& body,
                 const net::HttpExchange& exchange) {
  const auto target = target_of(api, actor, body);
  if (const auto refusal = signaling::check_permission(*actor, signaling::Deed::kRename, target))
    return exchange.respond(answer_to(*refusal));
  const auto name = signaling::check_name("name", text_of(body, "name"));
  if (!name) return exchange.respond(answer_to(name.error()));
  write(
      api, exchange,
      [actor, target, name = *name, now = api.loop.now().wall](storage::Connection& connection) {
        return storage::rename_peer(connection, id_of(*target), name, {actor_of(*actor), now});
      },
      no_content);
}

void remove_peer(Api& api, const signaling::PeerRef& actor, const net::HttpRequest&, const json& body,
                 const net::HttpExchange& exchange) {
  const auto target = target_of(api, actor, body);
  if (const auto refusal = signaling::check_permission(*actor, signaling::Deed::kDelete, target))
    return exchange.respond(answer_to(*refusal));
  write(
      api, exchange,
      [actor, target, now = api.loop.now().wall](storage::Connection& connection) {
        return storage::remove_peer(connection, id_of(*target), {actor_of(*actor), now});
      },
      no_content);
}

}  // namespace app::hub
