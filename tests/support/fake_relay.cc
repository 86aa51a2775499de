#include "tests/support/fake_relay.h"

#include <algorithm>

namespace support {
namespace {

constexpr auto kReservationLifetime = std::chrono::seconds(30);

}  // namespace

void FakeCredentials::add(const std::string& name, const std::string& password, const std::string& realm) {
  relay::Account account{.user = name, .key_count = 1};
  account.keys[0] = stun::derive_long_term_keys(name, realm, password);
  entries_[name] = {account, stun::userhash(name, realm), std::nullopt};
}

void FakeCredentials::add_expiring(const std::string& name, const std::string& user,
                                   const std::string& password, base::WallTime expires_at) {
  add(name, password);
  entries_[name].account.user = user;
  entries_[name].expires_at = expires_at;
}

std::optional<relay::Account> FakeCredentials::find(std::string_view username, base::WallTime now) {
  const auto at = entries_.find(username);
  if (at == entries_.end() || (at->second.expires_at && *at->second.expires_at <= now)) return std::nullopt;
  return at->second.account;
}

std::optional<relay::Account> FakeCredentials::find_by_userhash(base::Bytes hash, base::WallTime now) {
  for (const auto& [name, entry] : entries_) {
    if (std::ranges::equal(entry.hash, hash)) return find(name, now);
  }
  return std::nullopt;
}

void FakePorts::expire() {
  std::erase_if(reservations_, [&](const auto& entry) {
    if (entry.second.until > clock_.steady()) return false;
    pool4_.release(clock_.steady(), entry.second.port, entry.second.place);
    return true;
  });
  pool4_.expire(clock_.steady());
  pool6_.expire(clock_.steady());
}

relay::SharedPlace FakePorts::place_of(const relay::ReservationToken& token) const {
  const auto at = reservations_.find(token);
  return at == reservations_.end() ? nullptr : at->second.place;
}

std::optional<uint16_t> FakePorts::take(const relay::PortRequest& request) {
  if (!request.token) {
    auto& pool = pool_of(request.family);
    const auto free = pool.take(clock_.steady(), random_, request.even, request.reserve_next);
    return free ? free : pool.take_resting(request.even, request.reserve_next);
  }
  const auto at = reservations_.find(*request.token);
  if (at == reservations_.end()) return std::nullopt;
  const auto port = at->second.port;
  reservations_.erase(at);
  return port;
}

std::expected<relay::OpenedPort, relay::PortError> FakePorts::open(const relay::PortRequest& request,
                                                                   relay::AllocationId) {
  if (const auto error = failures_[request.family]) return std::unexpected(*error);
  expire();
  const auto port = take(request);
  if (!port) {
    return std::unexpected(request.token ? relay::PortError::kBadToken : relay::PortError::kNoPort);
  }
  ++opened_;
  const auto advertised = request.family == base::Family::kIpv4 ? "203.0.113.1" : "2001:db8:ffff::1";
  const auto bound = request.family == base::Family::kIpv4 ? "10.0.0.1" : "2001:db8:ffff::1";
  relay::OpenedPort opened{{*base::IpAddress::parse(advertised), *port},
                           {*base::IpAddress::parse(bound), *port},
                           *port,
                           std::nullopt};
  if (request.reserve_next) {
    opened.reservation.emplace();
    random_.fill(*opened.reservation);
    const auto next = static_cast<uint16_t>(*port + 1);
    reservations_[*opened.reservation] = {next, clock_.steady() + kReservationLifetime,
                                          request.reserved_place};
  }
  if (request.tcp) listening_.push_back(opened);
  if (!request.tcp) relays_.insert({opened.relayed, opened.bound});
  return opened;
}

std::optional<relay::RelayListener> FakePorts::find_listener(const base::Endpoint& endpoint) const {
  for (const auto& port : listening_) {
    if (port.relayed == endpoint || port.bound == endpoint)
      return relay::RelayListener{port.relayed, port.bound};
  }
  return std::nullopt;
}

void FakePorts::close(const relay::OpenedPort& port, const relay::SharedPlace& place) {
  std::erase_if(listening_, [&](const relay::OpenedPort& other) { return other.bound == port.bound; });
  relays_.erase(port.relayed);
  relays_.erase(port.bound);
  --opened_;
  pool_of(port.bound.ip.family).release(clock_.steady(), port.bound.port, place);
}

size_t FakePorts::leaked() {
  expire();
  size_t taken = 0;
  for (const auto* pool : {&pool4_, &pool6_}) {
    taken += pool->capacity() - pool->free_ports() - pool->resting_ports();
  }
  return taken - opened_ - reservations_.size();
}

}  // namespace support
