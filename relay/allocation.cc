#include "relay/allocation.h"

#include <algorithm>
#include <numeric>

#include "relay/options.h"

namespace relay {
namespace {

// Up to here looking at each costs less than the branch misses of a binary search: the common case.
constexpr size_t kFewChannels = 4;

}  // namespace

const Permission* PeerTable::find_permission(const base::IpAddress& peer) const {
  const auto at = std::ranges::lower_bound(permissions_, peer, {}, &Permission::peer);
  return at != permissions_.end() && at->peer == peer ? &*at : nullptr;
}

size_t PeerTable::live_permissions(base::TimePoint now) const {
  return static_cast<size_t>(std::ranges::count_if(
      permissions_, [&](const Permission& permission) { return now < permission.expires_at; }));
}

bool PeerTable::permit(base::TimePoint now, const base::IpAddress& peer, size_t max_permissions) {
  const auto expires_at = now + ServerOptions::kPermissionLifetime;
  auto at = std::ranges::lower_bound(permissions_, peer, {}, &Permission::peer);
  if (at != permissions_.end() && at->peer == peer) {
    at->expires_at = expires_at;
  } else {
    if (permissions_.size() >= max_permissions) {
      forget_expired(now);
      if (permissions_.size() >= max_permissions) return false;
      at = std::ranges::lower_bound(permissions_, peer, {}, &Permission::peer);
    }
    permissions_.insert(at, Permission{peer, expires_at});
  }
  return true;
}

BindOutcome PeerTable::bind(base::TimePoint now, stun::ChannelNumber number, const base::Endpoint& peer,
                            size_t max_channels) {
  forget_expired(now);
  const auto expires_at = now + ServerOptions::kChannelLifetime;
  const auto* of_number = channel(number);
  const auto* of_peer = channel_to(peer);
  if (of_number && of_number->peer != peer) return BindOutcome::kNumberTaken;
  if (of_peer && of_peer->number != number) return BindOutcome::kPeerTaken;
  auto at = std::ranges::lower_bound(channels_, number, {}, &Channel::number);
  if (of_number) {
    at->expires_at = expires_at;
  } else {
    if (channels_.size() >= max_channels) return BindOutcome::kFull;
    channels_.insert(at, Channel{peer, number, expires_at});
    index_by_peer();
  }
  return BindOutcome::kBound;
}

const Channel* PeerTable::channel(stun::ChannelNumber number) const {
  if (channels_.size() <= kFewChannels) {
    const auto at = std::ranges::find(channels_, number, &Channel::number);
    return at != channels_.end() ? &*at : nullptr;
  }
  const auto at = std::ranges::lower_bound(channels_, number, {}, &Channel::number);
  return at != channels_.end() && at->number == number ? &*at : nullptr;
}

const Channel* PeerTable::channel_to(const base::Endpoint& peer) const {
  if (channels_.size() <= kFewChannels) {
    const auto at = std::ranges::find(channels_, peer, &Channel::peer);
    return at != channels_.end() ? &*at : nullptr;
  }
  const auto peer_of = [this](uint16_t index) -> const base::Endpoint& { return channels_[index].peer; };
  const auto at = std::ranges::lower_bound(channels_by_peer_, peer, {}, peer_of);
  return at != channels_by_peer_.end() && peer_of(*at) == peer ? &channels_[*at] : nullptr;
}

void PeerTable::forget_expired(base::TimePoint now) {
  erase_from(permissions_, [&](const Permission& permission) { return permission.expires_at <= now; });
  const auto rested = [&](const Channel& channel) {
    return channel.expires_at + ServerOptions::kChannelQuarantine <= now;
  };
  if (erase_from(channels_, rested) > 0) index_by_peer();
}

void PeerTable::index_by_peer() {
  if (channels_.size() <= kFewChannels) return;
  channels_by_peer_.resize(channels_.size());
  std::iota(channels_by_peer_.begin(), channels_by_peer_.end(), uint16_t{0});
  std::ranges::sort(channels_by_peer_, {},
                    [this](uint16_t index) -> const base::Endpoint& { return channels_[index].peer; });
}

}  // namespace relay
