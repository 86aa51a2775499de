// Identity over HTTP: join by invitation or registration, verify, rename, remove. Each request has a file of
// its own.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "app/hub/authority.h"
#include "app/hub/gate.h"
#include "app/hub/peer_registry.h"
#include "net/event_loop.h"
#include "net/http_router.h"
#include "net/origin_policy.h"
#include "net/system_random.h"
#include "signaling/attempt_limit.h"
#include "signaling/permission.h"
#include "signaling/registration.h"
#include "signaling/source_attempts.h"
#include "storage/store.h"

namespace app::hub {

struct ApiOptions {
  size_t peers_per_user = 20;
  signaling::RegistrationMode registration = signaling::RegistrationMode::kClosed;
  // For links, see link_base.h.
  std::string public_url;
  std::string own_url;
  // A square <svg> of a link; nullopt: it does not fit.
  std::function<std::optional<std::string>(std::string_view)> draw_qr_svg;
};

// One writer, any reader.
struct ApiCounters {
  base::Counter wrong_passwords;          // one-time ones: wrong, or used before
  base::Counter throttled_passwords;      // not looked at: too many tries
  base::Counter throttled_renames;        // too many by one peer
  base::Counter throttled_removals;       // the same
  base::Counter throttled_invitations;    // too many made for one user
  base::Counter throttled_redemptions;    // too many used of one user
  base::Counter refused_registrations;    // by the mode, a bound or a name that is taken
  base::Counter throttled_registrations;  // too many from one source
};

// Each is told to all of the user's peers, and stays in the audit table.
inline constexpr signaling::AttemptLimits kRenames{.tries = 20, .window = std::chrono::hours(1)};
// Whoever comes or goes is told to all of the user's peers, and costs writes. Invitations made by a user's peers,
// and redeemed whoever made them; what a peer removes, counted by peer: one that was taken over must not keep the
// others from removing it, and no more can be removed than has come.
inline constexpr signaling::AttemptLimits kInvitations{.tries = 60, .window = std::chrono::hours(1)};
inline constexpr signaling::AttemptLimits kRedemptions{.tries = 60, .window = std::chrono::hours(1)};
inline constexpr signaling::AttemptLimits kRemovals{.tries = 60, .window = std::chrono::hours(1)};
// Tries that reach the disk of one peer; what they are worth: signaling/otp_guard.h.
inline constexpr signaling::AttemptLimits kOtpOfPeer{.tries = 10, .window = std::chrono::seconds(60)};

// Somebody has guessed at a user's one-time passwords more often than people mistype.
struct OtpGuess {
  signaling::UserId user{};
  std::string user_name;
  std::string peer_name;    // whose token the guesses came with
  std::string source;       // its address
  int64_t failures = 0;     // of the user, not yet forgotten
  bool is_removed = false;  // the peer
};

// What the requests share. Control thread only; everything referred to outlives it.
struct Api {
  net::EventLoop& loop;
  storage::Store& store;
  const PeerRegistry& registry;
  Gate& gate;
  std::function<void()> changed;  // storage has taken something: refresh the registry
  net::SystemRandom& random;
  ApiOptions options;
  net::OriginPolicy origins{};                   // whose pages may change something
  std::function<void(const OtpGuess&)> guessed;  // may be empty
  // Whether a peer is connected to the hub, verified or not.
  std::function<bool(signaling::PeerId)> is_connected;
  signaling::SourceAttempts otp_sources{};        // tries of one-time passwords
  signaling::AttemptLimit otp_peers{kOtpOfPeer};  // and by peer
  signaling::SourceAttempts registrations{};
  signaling::AttemptLimit renames{kRenames};          // by the peer that asks
  signaling::AttemptLimit removals{kRemovals};        // likewise
  signaling::AttemptLimit invitations{kInvitations};  // by its user
  ApiCounters counters{};
};

// `api` outlives the router. Bodies (api_bodies.h) and answers are JSON objects, errors
// application/problem+json.
//   POST /api/invitations/redeem {"invitation","name","kind"?,"fp"?}  201 {"token","peer","user"}
//   POST /api/register           {"user","name","kind"?,"fp"?}        201 the same; signaling.registration
//   POST /api/invitations                                             201 {"url","expires_at","qr_svg"?}
//   POST /api/verify             {"otp"} or {"target"}                204
//   POST /api/rename             {"name","target"?}                   204
//   POST /api/remove             {"target"?}                          204
// All but the first two want a peer's bearer token. `target`: fingerprint or name; none: the peer itself.
void add_identity_routes(net::HttpRouter& router, Api& api);

// One request each. The exchange is answered now or when storage has written.
using Handler = void (*)(Api& api, const net::HttpRequest& request, const net::HttpExchange& exchange);
// The peer whose bearer token the request shows; nullopt, and answered 401 or 429: none. By a snapshot: what
// writes judges again (write_as).
[[nodiscard]] std::optional<Bearer> bearer_of(Api& api, const net::HttpRequest& request,
                                              const net::HttpExchange& exchange);

void redeem_invitation(Api& api, const net::HttpRequest& request, const net::HttpExchange& exchange);
void register_peer(Api& api, const net::HttpRequest& request, const net::HttpExchange& exchange);

using PeerHandler = void (*)(Api& api, const Bearer& bearer, const net::HttpRequest& request,
                             const net::HttpExchange& exchange);
void make_invitation(Api& api, const Bearer& bearer, const net::HttpRequest& request,
                     const net::HttpExchange& exchange);
void verify_peer(Api& api, const Bearer& bearer, const net::HttpRequest& request,
                 const net::HttpExchange& exchange);
void rename_peer(Api& api, const Bearer& bearer, const net::HttpRequest& request,
                 const net::HttpExchange& exchange);
void remove_peer(Api& api, const Bearer& bearer, const net::HttpRequest& request,
                 const net::HttpExchange& exchange);

}  // namespace app::hub
