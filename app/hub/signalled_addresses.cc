#include "app/hub/signalled_addresses.h"

#include <algorithm>

#include "app/hub/ice_servers.h"
#include "signaling/candidate_addresses.h"

namespace app::hub {

std::vector<base::IpAddress> addresses_told(const signaling::Message& message) {
  const auto& source = *message.source;
  const auto& target = *message.target;
  const bool is_of_another =
      source.id != target.id && !source.fingerprint.empty() && source.fingerprint != target.fingerprint;
  // Of a realm without registration: it has no credentials from us.
  if (target.id <= signaling::PeerId{0} || !is_of_another) return {};
  switch (message.kind) {
    case signaling::MessageKind::kCandidate:
      return signaling::candidate_addresses(message.body);
    case signaling::MessageKind::kOffer:
    case signaling::MessageKind::kAnswer:
      return signaling::candidate_addresses_of_sdp(message.body);
    case signaling::MessageKind::kData:
    case signaling::MessageKind::kOther:
      break;
  }
  return {};
}

void SignalledAddresses::turn(bool on) {
  const std::scoped_lock lock(mutex_);
  on_ = on;
}

bool SignalledAddresses::is_on() const {
  const std::scoped_lock lock(mutex_);
  return on_;
}

void SignalledAddresses::note(int64_t peer, std::span<const base::IpAddress> addresses) {
  const std::scoped_lock lock(mutex_);
  auto& known = addresses_[peer];
  for (const auto& address : addresses) {
    std::erase(known, address.unmapped());
    known.push_back(address.unmapped());
  }
  while (known.size() > kMaxAddresses) known.pop_front();
}

void SignalledAddresses::forget(int64_t peer) {
  const std::scoped_lock lock(mutex_);
  addresses_.erase(peer);
}

bool SignalledAddresses::may_permit(std::string_view user, const base::IpAddress& address) const {
  const auto name = parse_turn_name(user);
  if (!name) return true;
  const std::scoped_lock lock(mutex_);
  if (!on_) return true;
  const auto known = addresses_.find(name->peer);
  return known != addresses_.end() &&
         std::ranges::find(known->second, address.unmapped()) != known->second.end();
}

}  // namespace app::hub
