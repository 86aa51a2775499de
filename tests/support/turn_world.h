// A TURN server with everything it needs, under the test's control.
#pragma once

#include <memory>
#include <vector>

#include "relay/quota_ledger.h"
#include "relay/server.h"
#include "tests/support/fake_clock.h"
#include "tests/support/fake_relay.h"
#include "tests/support/fixed_random.h"

namespace support {

inline base::IpAddress ip(std::string_view text) { return base::IpAddress::parse(text).value(); }
inline base::Endpoint at(std::string_view text) { return base::Endpoint::parse(text).value(); }

// The peers of these networks are allowed, as if they were public; relayed addresses are reached by hairpin.
[[nodiscard]] relay::PeerPolicyOptions lab_policy();

struct WorldOptions {
  relay::ServerOptions server{};
  relay::QuotaOptions quotas{};
  relay::PeerPolicyOptions peers = lab_policy();
  std::chrono::seconds nonce_lifetime{3600};
  uint64_t seed = 1;
};

// Users: "alice" and "bob", the password of each is "secret of NAME".
struct TurnWorld {
  explicit TurnWorld(const WorldOptions& options = {});

  void advance(std::chrono::nanoseconds by) {  // as a worker does: time passes, then the server hears of it
    clock.advance(by);
    server.handle_timeout(clock.steady());
    ports.expire();
  }
  [[nodiscard]] uint64_t dropped(relay::Drop reason) const {
    return counters.dropped[static_cast<size_t>(reason)].value();
  }
  [[nodiscard]] uint64_t rejected(relay::Reject reason) const {
    return counters.rejected[static_cast<size_t>(reason)].value();
  }
  // The sum over transports and families of the gauge of living relayed addresses.
  [[nodiscard]] uint64_t gauge() const;
  void change_policy(relay::PeerPolicyOptions options);

  FakeClock clock;
  FixedRandom random;
  FakeCredentials credentials;
  relay::QuotaLedger quotas;
  FakePorts ports{clock};
  relay::Counters counters;
  stun::NonceKey nonces;
  std::vector<std::unique_ptr<relay::PeerPolicy>> policies;
  std::vector<uint8_t> scratch = std::vector<uint8_t>(relay::kReplySpaceBytes);
  relay::Server server;
};

[[nodiscard]] inline std::string password_of(const std::string& user) { return "secret of " + user; }

}  // namespace support
