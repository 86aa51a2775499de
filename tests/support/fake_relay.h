// Credentials and relay ports in memory.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "relay/interfaces.h"
#include "relay/port_pool.h"
#include "tests/support/fake_clock.h"
#include "tests/support/fixed_random.h"

namespace support {

// Users with a password, and names that expire as REST credentials do.
class FakeCredentials : public relay::Credentials {
 public:
  void add(const std::string& name, const std::string& password, const std::string& realm = "icebox");
  // `name` comes in until `expires_at` and counts as `user`.
  void add_expiring(const std::string& name, const std::string& user, const std::string& password,
                    base::WallTime expires_at);
  void remove(const std::string& name) { entries_.erase(name); }

  std::optional<relay::Account> find(std::string_view username, base::WallTime now) override;
  std::optional<relay::Account> find_by_userhash(base::Bytes hash, base::WallTime now) override;

 private:
  struct Entry {
    relay::Account account;
    stun::Sha256Digest hash;
    std::optional<base::WallTime> expires_at;
  };
  std::map<std::string, Entry, std::less<>> entries_;
};

// One relayed address of each family over real port pools. IPv4 sits behind 1:1 NAT: bound privately,
// advertised publicly.
class FakePorts : public relay::RelayPorts {
 public:
  static constexpr uint16_t kFirstPort = 50000;
  static constexpr uint16_t kLastPort = 50255;

  explicit FakePorts(const FakeClock& clock) : clock_(clock) {}

  std::expected<relay::OpenedPort, relay::PortError> open(const relay::PortRequest& request,
                                                          relay::AllocationId owner) override;
  void close(const relay::OpenedPort& port, const relay::SharedPlace& place) override;
  void expire() override;
  relay::SharedPlace place_of(const relay::ReservationToken& token) const override;
  bool is_relay(const base::Endpoint& peer) const override { return relays_.contains(peer); }
  bool could_be_relay(uint16_t port) const override { return kFirstPort <= port && port <= kLastPort; }
  // Stands for another worker's.
  void add_relay_elsewhere(const base::Endpoint& relayed) { relays_.insert(relayed); }
  std::optional<relay::RelayListener> find_listener(const base::Endpoint& endpoint) const override;

  [[nodiscard]] bool serves(base::Family family) const override { return !missing_ || *missing_ != family; }

  // The server has no address of that family.
  void leave_out(base::Family family) {
    missing_ = family;
    fail(family, relay::PortError::kFamilyNotSupported);
  }
  // What open() answers for that family from now on; nullopt: as usual.
  void fail(base::Family family, std::optional<relay::PortError> error) { failures_[family] = error; }
  // How many sockets the server holds.
  [[nodiscard]] size_t opened() const { return opened_; }
  // Taken ports that neither a socket nor a reservation nor the rest period accounts for: must be zero.
  [[nodiscard]] size_t leaked();
  // Held under a token.
  [[nodiscard]] size_t reserved() const { return reservations_.size(); }

 private:
  std::optional<base::Family> missing_;
  struct Reservation {
    uint16_t port;
    base::TimePoint until;  // RFC 8656 §7.2: 30 seconds
    relay::SharedPlace place;
  };
  relay::PortPool& pool_of(base::Family family) { return family == base::Family::kIpv4 ? pool4_ : pool6_; }
  std::optional<uint16_t> take(const relay::PortRequest& request);

  const FakeClock& clock_;
  FixedRandom random_{7};
  relay::PortPool pool4_{kFirstPort, kLastPort};
  relay::PortPool pool6_{kFirstPort, kLastPort};
  std::map<base::Family, std::optional<relay::PortError>> failures_;
  std::map<relay::ReservationToken, Reservation> reservations_;  // IPv4 only
  std::vector<relay::OpenedPort> listening_;                     // for TCP
  std::set<base::Endpoint> relays_;
  size_t opened_ = 0;
};

}  // namespace support
