// One allocation: its relayed addresses, permissions and channels (RFC 8656 §3.2, §9, §12).
#pragma once

#include <algorithm>
#include <boost/container/small_vector.hpp>
#include <boost/container/static_vector.hpp>
#include <chrono>
#include <memory>
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
#include "relay/peer_connection.h"
#include "relay/transactions.h"
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
  // Carries both ways until then, also beyond the end of the permission that it came with; afterwards in
  // quarantine (ServerOptions::kChannelQuarantine).
  base::TimePoint expires_at;
};

enum class BindOutcome : uint8_t { kBound, kNumberTaken, kPeerTaken, kFull };

// Permissions and channels of one allocation, small sorted vectors: two of each in the common case, which
// then lie in the allocation itself, and the bound of a thousand costs ten comparisons. Channels are found by
// number and by peer. Times are arguments.
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

  // RFC 8656 §12: a number belongs to one peer and a peer has one number.
  BindOutcome bind(base::TimePoint now, stun::ChannelNumber number, const base::Endpoint& peer,
                   size_t max_channels);
  [[nodiscard]] const Channel* channel(stun::ChannelNumber number) const;
  [[nodiscard]] const Channel* channel_to(const base::Endpoint& peer) const;
  // Whether packets pass between the client and that peer: by a channel of their own, or by a permission.
  [[nodiscard]] bool passes(base::TimePoint now, const base::Endpoint& peer) const {
    const auto* channel = channel_to(peer);
    return (channel && now < channel->expires_at) || is_permitted(now, peer.ip);
  }

  // Forgets every permission and channel whose peer `denied(IpAddress)` says yes to.
  template <typename Denied>
  void revoke_if(Denied&& denied);

  [[nodiscard]] std::span<const Permission> permissions() const { return permissions_; }
  [[nodiscard]] std::span<const Channel> channels() const { return channels_; }

 private:
  [[nodiscard]] const Permission* find_permission(const base::IpAddress& peer) const;
  void forget_expired(base::TimePoint now);

  boost::container::small_vector<Channel, 2> channels_;        // by number
  boost::container::small_vector<Permission, 2> permissions_;  // by peer
  std::vector<uint16_t> channels_by_peer_;  // indices into channels_, by peer; empty while there are few
  void index_by_peer();
};

// The half that a dual allocation could not get: ADDRESS-ERROR-CODE (RFC 8656 §18.12).
struct MissingFamily {
  base::Family family;
  stun::ErrorCode error;
};

// Its base is the link of its one deadline. What a packet needs stands first and side by side, the rest
// behind: with ten thousand allocations each line of cache is a trip to memory.
struct Allocation : base::TimerLink {
  static constexpr size_t kMaxRelays = 2;  // one, or one of each family

  ClientPath client;
  boost::container::static_vector<OpenedPort, kMaxRelays> relays;
  PeerTable peers;
  Traffic to_peers;
  Traffic to_client;
  base::TokenBucket budget_to_peers;
  base::TokenBucket budget_to_client;
  std::unique_ptr<TcpRelaying> tcp;  // RFC 6062; nullptr: the relayed transport is UDP

  AllocationId id = 0;
  Identity identity;
  SharedPlace place;                  // what it counts against its user and source
  stun::TransactionId transaction{};  // of the Allocate that made it: its retransmission gets the same answer
  RequestKey request = 0;             // the same, as Transactions know it
  std::chrono::seconds granted_lifetime{};  // in that answer
  base::TokenBucket replies;                // to what comes from its 5-tuple without being the client's
  uint32_t icmp_indications = 0;            // told so far: their transaction ids
  std::optional<ReservationToken> reservation;
  std::optional<MissingFamily> missing_family;
  base::TimePoint created_at;  // it ends at deadline()

  [[nodiscard]] const OpenedPort* relay_of(base::Family family) const {
    for (const auto& relay : relays) {
      if (relay.bound.ip.family == family) return &relay;
    }
    return nullptr;
  }
};

// std::erase_if for Boost's containers. How many went.
template <typename Container, typename Unwanted>
size_t erase_from(Container& container, Unwanted&& unwanted) {
  const auto kept_end = std::remove_if(container.begin(), container.end(), unwanted);
  const auto erased = static_cast<size_t>(container.end() - kept_end);
  container.erase(kept_end, container.end());
  return erased;
}

template <typename Denied>
void PeerTable::revoke_if(Denied&& denied) {
  erase_from(permissions_, [&](const Permission& permission) { return denied(permission.peer); });
  erase_from(channels_, [&](const Channel& channel) { return denied(channel.peer.ip); });
  index_by_peer();
}

}  // namespace relay
