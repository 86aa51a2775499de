// One allocation: its relayed addresses, permissions and channels (RFC 8656 §3.2, §9, §12).
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "base/address.h"
#include "base/time.h"
#include "base/timer_wheel.h"
#include "base/token_bucket.h"
#include "relay/counters.h"
#include "relay/five_tuple.h"
#include "relay/interfaces.h"
#include "stun/wire.h"

namespace relay {

// How the client proves itself: fixed when the allocation is made, so that a REST credential may expire
// meanwhile.
struct Identity {
  std::string username;  // as sent; with USERHASH the name it stands for
  std::string user;      // whom quotas count
  stun::LongTermKeys keys;
};

struct Permission {
  base::IpAddress peer;
  base::TimePoint expires_at;
};

struct Channel {
  base::Endpoint peer;
  stun::ChannelNumber number;
  base::TimePoint expires_at;  // afterwards in quarantine (ServerOptions::kChannelQuarantine)
  base::TimePoint
      usable_until;  // the earlier of the channel's and its permission's end: one comparison a packet
};

enum class BindOutcome : uint8_t { kBound, kNumberTaken, kPeerTaken, kFull };

// Permissions and channels of one allocation, small sorted vectors: two of each in the common case, and the
// bound of a thousand costs ten comparisons. Channels are found by number and by peer. Times are arguments.
class PeerTable {
 public:
  // Puts off the end of a permission, or makes it. False: `max_permissions` live ones are there already.
  bool permit(base::TimePoint now, const base::IpAddress& peer, size_t max_permissions);
  // How many of `peers` are not permitted now: CreatePermission is all or nothing.
  [[nodiscard]] size_t live_permissions(base::TimePoint now) const;
  [[nodiscard]] bool is_permitted(base::TimePoint now, const base::IpAddress& peer) const {
    const auto* permission = find_permission(peer);
    return permission && now < permission->expires_at;
  }

  // RFC 8656 §12: a number belongs to one peer and a peer has one number. Makes the permission too.
  BindOutcome bind(base::TimePoint now, stun::ChannelNumber number, const base::Endpoint& peer,
                   size_t max_channels);
  [[nodiscard]] const Channel* channel(stun::ChannelNumber number) const;
  [[nodiscard]] const Channel* channel_to(const base::Endpoint& peer) const;

  // Forgets every permission and channel whose peer `denied(IpAddress)` says yes to.
  template <typename Denied>
  void revoke_if(Denied&& denied);

  [[nodiscard]] std::span<const Permission> permissions() const { return permissions_; }
  [[nodiscard]] std::span<const Channel> channels() const { return channels_; }

 private:
  [[nodiscard]] const Permission* find_permission(const base::IpAddress& peer) const;
  void forget_expired(base::TimePoint now);
  void update_channels_of(const base::IpAddress& peer, base::TimePoint permitted_until);

  std::vector<Permission> permissions_;     // by peer
  std::vector<Channel> channels_;           // by number
  std::vector<uint16_t> channels_by_peer_;  // indices into channels_, by peer
  void index_by_peer();
};

// The half that a dual allocation could not get: ADDRESS-ERROR-CODE (RFC 8656 §18.12).
struct MissingFamily {
  base::Family family;
  stun::ErrorCode error;
};

// Its base is the link of its one deadline.
struct Allocation : base::TimerLink {
  AllocationId id = 0;
  ClientPath client;
  Identity identity;
  stun::TransactionId transaction{};  // of the Allocate that made it: its retransmission gets the same answer
  std::chrono::seconds granted_lifetime{};  // in that answer
  std::optional<ReservationToken> reservation;
  std::optional<MissingFamily> missing_family;
  bool tcp = false;  // RFC 6062

  std::vector<OpenedPort> relays;  // one, or two of different family
  base::TimePoint created_at;      // it ends at deadline()

  PeerTable peers;
  base::TokenBucket budget_to_peers;
  base::TokenBucket budget_to_client;
  Traffic to_peers;
  Traffic to_client;

  [[nodiscard]] const OpenedPort* relay_of(base::Family family) const {
    for (const auto& relay : relays) {
      if (relay.bound.ip.family == family) return &relay;
    }
    return nullptr;
  }
};

template <typename Denied>
void PeerTable::revoke_if(Denied&& denied) {
  std::erase_if(permissions_, [&](const Permission& permission) { return denied(permission.peer); });
  std::erase_if(channels_, [&](const Channel& channel) { return denied(channel.peer.ip); });
  index_by_peer();
}

}  // namespace relay
