// Which addresses a peer has been told of by those it talks with: signaling.strict_permissions.
#pragma once

#include <deque>
#include <mutex>
#include <span>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/address.h"
#include "relay/interfaces.h"
#include "signaling/message.h"

namespace app::hub {

// What the receiver of `message` may permit because of it: addresses of candidates, and of nothing else that
// looks like one, from another peer with a certificate of its own. What a peer says to itself it could permit
// without being told. Pure.
[[nodiscard]] std::vector<base::IpAddress> addresses_told(const signaling::Message& message);

// Told by the control thread, asked by the workers for CreatePermission, ChannelBind and Connect: a short
// lock, and never one per packet. Bounded: of each peer the addresses told last.
class SignalledAddresses final : public relay::PeerGuard {
 public:
  static constexpr size_t kMaxAddresses = 256;  // of one peer

  // Off: everybody may permit whatever the policy leaves.
  void turn(bool on);
  [[nodiscard]] bool is_on() const;
  // Before `peer` can have read of them.
  void note(int64_t peer, std::span<const base::IpAddress> addresses);
  void forget(int64_t peer);

  // `user` as quotas count it. Who is no peer of the hub signals elsewhere, and may.
  [[nodiscard]] bool may_permit(std::string_view user, const base::IpAddress& address) const override;

 private:
  mutable std::mutex mutex_;
  bool on_ = false;
  std::unordered_map<int64_t, std::deque<base::IpAddress>> addresses_;  // the newest last
};

}  // namespace app::hub
