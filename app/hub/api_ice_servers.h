// Where to relay and with which credentials, in the shapes that clients know.
#pragma once

#include "app/hub/gate.h"
#include "net/http_router.h"

namespace app::hub {

// `gate` outlives the router. All want a peer's bearer token; bodies are not looked at.
//   GET  /api/ice-servers                                            {"iceServers":[..],"ttl":s}
//   POST /v1/turn/keys/{id}/credentials/generate-ice-servers         {"iceServers":[..]}, Cloudflare's shape
//   GET, POST, PUT /turn?service=turn&username=..&key=TOKEN          {"username","password","ttl","uris"}
//        (draft-uberti-behave-turn-rest-00), also with the token in `api` (Janus) or in Authorization
//   POST /turn without service=turn, POST /iceservers
//        [{"urls","username","credential","credentialType":"password"}], PeerBook's shape
void add_ice_server_routes(net::HttpRouter& router, Gate& gate);

}  // namespace app::hub
