// PeerBook's own requests, with proof required. Its POST /turn and /iceservers are in api_ice_servers.h, its
// /ws is signaling/dialects/websocket.h; pages, mail and /authorize are not served.
#pragma once

#include "app/hub/api.h"

namespace app::hub {

// `api` outlives the router.
//   POST /verify {"fp","uid","kind","name"}   200 {"verified","uid"}; 201 where a peer was made
// With a bearer token it tells of the peer itself, or of one of its user that `fp` names. Without one it
// needs signaling.legacy_peerbook; then it tells of the peer that `fp` names to those who named its user in
// `uid`, refuses a fingerprint that was claimed in another account, and makes an unverified peer of a user
// that exists, where signaling.registration lets it. It renames, moves and verifies nobody.
void add_peerbook_routes(net::HttpRouter& router, Api& api);

}  // namespace app::hub
