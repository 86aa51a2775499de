// What a TURN server must answer, written a second time and as simply as possible: maps and times.
#pragma once

#include <map>
#include <set>

#include "relay/options.h"
#include "relay/quota_ledger.h"
#include "tests/relay/fixtures.h"

namespace relay {

class ReferenceModel {
 public:
  struct ModelChannel {
    base::Endpoint peer;
    base::TimePoint expires_at;
  };
  struct ModelAllocation {
    std::string user;
    base::TimePoint ends_at;
    std::map<base::IpAddress, base::TimePoint> permissions;
    std::map<uint16_t, ModelChannel> channels;  // resting ones too
  };

  ReferenceModel(const ServerOptions& options, const QuotaOptions& quotas, std::set<base::IpAddress> denied)
      : options_(options), quotas_(quotas), denied_(std::move(denied)) {}

  void pass_to(base::TimePoint now) {
    now_ = now;
    std::erase_if(allocations, [&](const auto& entry) {
      if (entry.second.ends_at <= now) rest(entry.second.user);
      return entry.second.ends_at <= now;
    });
    std::erase_if(reservations, [&](const auto& entry) {
      if (entry.second.until <= now) rest(entry.second.user);
      return entry.second.until <= now;
    });
    std::erase_if(resting, [&](const auto& port) { return port.until <= now; });
    for (auto& [client, allocation] : allocations) {
      std::erase_if(allocation.permissions, [&](const auto& entry) { return entry.second <= now; });
      std::erase_if(allocation.channels,
                    [&](const auto& entry) { return entry.second.expires_at + 300s <= now; });
    }
  }

  int allocate(int client, const std::string& user, bool reserving = false) {
    if (allocations.contains(client)) return 437;
    if (count_of(user) + reserving >= quotas_.per_user) return 486;
    if (allocations.size() >= quotas_.in_all) return 508;
    allocations[client] = {user, now_ + 600s, {}, {}};
    return 200;
  }
  void reserve(const std::vector<uint8_t>& token, const std::string& user) {
    reservations[token] = {user, now_ + 30s};
  }
  int claim(int client, const std::string& user, const std::vector<uint8_t>& token) {
    if (allocations.contains(client)) return 437;
    const auto held = reservations.find(token);
    const bool own = held != reservations.end() && held->second.user == user;
    if (!own && count_of(user) >= quotas_.per_user) return 486;
    if (allocations.size() >= quotas_.in_all || held == reservations.end()) return 508;
    reservations.erase(held);
    allocations[client] = {user, now_ + 600s, {}, {}};
    return 200;
  }
  void end(int client) {
    const auto at = allocations.find(client);
    if (at == allocations.end()) return;
    rest(at->second.user);
    allocations.erase(at);
  }

  int refresh(int client, const std::string& user, uint32_t lifetime) {
    if (const int refusal = not_his(client, user)) return refusal;
    if (lifetime == 0) {
      end(client);
    } else {
      allocations[client].ends_at = now_ + std::chrono::seconds(std::clamp(lifetime, 600u, 3600u));
    }
    return 200;
  }

  int permit(int client, const std::string& user, const std::vector<base::Endpoint>& peers) {
    if (const int refusal = not_his(client, user)) return refusal;
    auto permissions = allocations[client].permissions;
    for (const auto& peer : peers) {
      if (peer.ip.is_v6()) return 443;
      if (denied_.contains(peer.ip)) return 403;
      permissions[peer.ip] = now_ + 300s;
    }
    if (peers.empty()) return 400;
    if (permissions.size() > options_.max_permissions) return 508;
    allocations[client].permissions = permissions;
    return 200;
  }

  int bind(int client, const std::string& user, uint16_t number, const base::Endpoint& peer) {
    if (const int refusal = not_his(client, user)) return refusal;
    auto& permissions = allocations[client].permissions;
    auto& channels = allocations[client].channels;
    if (number < 0x4000 || number > 0x7ffe || peer.port == 0) return 400;
    if (peer.ip.is_v6()) return 443;
    if (denied_.contains(peer.ip)) return 403;
    if (!permissions.contains(peer.ip) && permissions.size() >= options_.max_permissions) return 508;
    for (const auto& [other, channel] : channels) {
      if ((other == number) != (channel.peer == peer)) return 400;
    }
    if (!channels.contains(number) && channels.size() >= options_.max_channels) return 508;
    channels[number] = {peer, now_ + 600s};
    permissions[peer.ip] = now_ + 300s;
    return 200;
  }

  [[nodiscard]] bool is_permitted(int client, const base::IpAddress& peer) const {
    return allocations.contains(client) && allocations.at(client).permissions.contains(peer);
  }
  // Where ChannelData of that number goes; nullopt: nowhere.
  [[nodiscard]] std::optional<base::Endpoint> peer_of(int client, uint16_t number) const {
    if (!allocations.contains(client)) return std::nullopt;
    const auto& channels = allocations.at(client).channels;
    const auto found = channels.find(number);
    if (found == channels.end() || found->second.expires_at <= now_) return std::nullopt;
    return found->second.peer;
  }
  // Packets of a peer pass by its channel, or by the permission of its address.
  [[nodiscard]] bool passes(int client, const base::Endpoint& peer) const {
    if (is_permitted(client, peer.ip)) return true;
    return std::ranges::any_of(allocations.at(client).channels, [&](const auto& entry) {
      return entry.second.peer == peer && entry.second.expires_at > now_;
    });
  }
  // Places: of allocations, reservations and resting ports.
  [[nodiscard]] size_t count_of(const std::string& user) const {
    size_t places = 0;
    for (const auto& [client, allocation] : allocations) places += allocation.user == user;
    for (const auto& [token, held] : reservations) places += held.user == user;
    for (const auto& port : resting) places += port.user == user;
    return places;
  }

  struct Held {
    std::string user;
    base::TimePoint until;
  };
  std::map<int, ModelAllocation> allocations;         // by client
  std::map<std::vector<uint8_t>, Held> reservations;  // by token
  std::vector<Held> resting;

 private:
  void rest(const std::string& user) { resting.push_back({user, now_ + 30s}); }
  [[nodiscard]] int not_his(int client, const std::string& user) const {
    if (!allocations.contains(client)) return 437;
    return allocations.at(client).user == user ? 0 : 441;
  }

  ServerOptions options_;
  QuotaOptions quotas_;
  std::set<base::IpAddress> denied_;
  base::TimePoint now_;
};

}  // namespace relay
