// The hub's door: bearer tokens and fingerprints against storage.
#pragma once

#include "app/hub/ice_servers.h"
#include "app/hub/peer_registry.h"
#include "net/event_loop.h"
#include "signaling/dialects/gate.h"
#include "storage/store.h"

namespace app::hub {

struct GateOptions {
  // Take a fingerprint for proved that is only claimed, as PeerBook did.
  bool legacy_peerbook = false;
  IceServerSettings ice_servers;
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
  // nullopt where peer_of() gives nullptr.
  [[nodiscard]] std::optional<signaling::dialects::Pass> pass_of(std::string_view token) const;
  // For the peer, as long as its pass is good.
  [[nodiscard]] TurnCredential credential_for(const signaling::dialects::Pass& pass) const;
  void change_options(GateOptions options) { options_ = std::move(options); }
  [[nodiscard]] const GateOptions& options() const { return options_; }

 private:
  [[nodiscard]] std::expected<signaling::dialects::Pass, signaling::dialects::Denial> admit_claim(
      const std::string& fingerprint) const;
  void bind(const signaling::dialects::Pass& pass, const std::string& fingerprint, Admitted done);

  net::EventLoop& loop_;
  storage::Store& store_;
  const PeerRegistry& registry_;
  std::function<void()> changed_;
  GateOptions options_;
};

}  // namespace app::hub
