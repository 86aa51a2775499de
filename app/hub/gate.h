// The hub's door: bearer tokens and fingerprints against storage.
#pragma once

#include "app/hub/ice_servers.h"
#include "app/hub/peer_registry.h"
#include "base/counter.h"
#include "net/event_loop.h"
#include "signaling/attempt_limit.h"
#include "signaling/dialects/gate.h"
#include "signaling/source_attempts.h"
#include "storage/store.h"

namespace app::hub {

struct GateOptions {
  // Peers that POST /verify made (api_peerbook.h) may come in by a fingerprint that they only claim, as with
  // PeerBook, and the name of their user. Peers with tokens must show them all the same.
  bool legacy_peerbook = false;
  IceServerSettings ice_servers;
};

// Tokens and invitations that were nobody's, from one source. They cannot be guessed, having 256 bits: this
// bounds what trying costs us. A good token passes all the same, so that nobody shuts out those who share his
// address; invitations wait, for each is looked up on the disk.
inline constexpr signaling::AttemptLimits kWrongSecrets{.tries = 30, .window = std::chrono::seconds(60)};

// Certificates that one peer binds in place of others: each goes to the disk and to all of its user's peers.
inline constexpr signaling::AttemptLimits kCertificates{.tries = 30, .window = std::chrono::hours(1)};

// One writer, any reader.
struct GateCounters {
  base::Counter wrong_tokens;            // answered 401
  base::Counter wrong_invitations;       // answered 404 or 410
  base::Counter throttled;               // answered 429: a source with too many of both
  base::Counter throttled_certificates;  // answered 429: a peer with too many
};

// Control thread only. Everything passed by reference outlives it.
class Gate final : public signaling::dialects::Gate {
 public:
  // `changed` is called when storage has taken something: the registry is to be refreshed.
  Gate(net::EventLoop& loop, storage::Store& store, const PeerRegistry& registry,
       std::function<void()> changed, GateOptions options);

  void admit(const signaling::dialects::Showing& showing, Admitted done) override;
  [[nodiscard]] bool is_good(const signaling::dialects::Pass& pass) const override;
  [[nodiscard]] signaling::dialects::IceServers ice_servers_for(
      const signaling::dialects::Pass& pass) override;

  // The peer whose bearer token this is; nullptr: nobody's, or no peer's.
  [[nodiscard]] const storage::Peer* peer_of(std::string_view token) const;
  // Why a token is refused that peer_of() does not know: 401, or 429 from a source that has shown too many.
  [[nodiscard]] signaling::dialects::Denial refuse_token(const base::IpAddress& source);
  // Whether invitations of this source are looked at now; nullopt: they are. And that one was nobody's.
  [[nodiscard]] std::optional<std::chrono::seconds> wait_of(const base::IpAddress& source);
  void note_wrong_invitation(const base::IpAddress& source);
  // nullopt where peer_of() gives nullptr.
  [[nodiscard]] std::optional<signaling::dialects::Pass> pass_of(std::string_view token) const;
  // For the peer, as long as its pass is good.
  [[nodiscard]] TurnCredential credential_for(const signaling::dialects::Pass& pass) const;
  void change_options(GateOptions options) { options_ = std::move(options); }
  [[nodiscard]] const GateOptions& options() const { return options_; }
  [[nodiscard]] const GateCounters& counters() const { return counters_; }

 private:
  [[nodiscard]] std::expected<signaling::dialects::Pass, signaling::dialects::Denial> admit_claim(
      const signaling::dialects::Showing& showing) const;
  void bind(const signaling::dialects::Pass& pass, const std::string& fingerprint, Admitted done);

  net::EventLoop& loop_;
  storage::Store& store_;
  const PeerRegistry& registry_;
  std::function<void()> changed_;
  GateOptions options_;
  GateCounters counters_;
  signaling::SourceAttempts wrong_secrets_{kWrongSecrets};
  signaling::AttemptLimit certificates_{kCertificates};  // by peer
};

}  // namespace app::hub
