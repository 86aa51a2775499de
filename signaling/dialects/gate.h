// What dialects need to know of identity; app supplies it.
#pragma once

#include <chrono>
#include <cstdint>
#include <expected>
#include <functional>
#include <optional>
#include <string>

#include "base/address.h"
#include "signaling/peer.h"
#include "signaling/token.h"

namespace signaling::dialects {

// What somebody shows on the way in.
struct Showing {
  std::string token;  // bearer; empty: none
  // Canonical (fingerprint.h); empty: none told. Only a token makes it more than a claim.
  std::string fingerprint;
  base::IpAddress source;
  std::string user{};  // that it says it is of; a claim, needed beside a fingerprint without a token
};

// Why not, as HTTP says it. `text` holds no secret and tells the cure.
struct Denial {
  uint16_t status = 401;
  std::string text;
  std::chrono::seconds retry_after{};  // 0: a second try is of no use
};

// Who was let in, and by what.
struct Pass {
  PeerId peer{};
  std::optional<TokenHash> token;  // nullopt: a proof of another kind, good as long as the peer is there
};

// For one peer, until `ttl` is over.
struct IceServers {
  std::string json;  // an array of RTCIceServer
  std::chrono::seconds ttl{};
};

class Gate {
 public:
  virtual ~Gate() = default;
  // `done` is called once on the loop's thread, perhaps before this returns, perhaps after storage has
  // written.
  using Admitted = std::function<void(std::expected<Pass, Denial>)>;
  virtual void admit(const Showing& showing, Admitted done) = 0;
  // False: what let it in was revoked since, or has expired.
  [[nodiscard]] virtual bool is_good(const Pass& pass) const = 0;
  // They end with the pass.
  [[nodiscard]] virtual IceServers ice_servers_for(const Pass& pass) = 0;
};

}  // namespace signaling::dialects
