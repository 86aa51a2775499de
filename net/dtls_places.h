// How many associations of a DtlsServer there are, and whose. Internal to it.
#pragma once

#include <cstddef>
#include <unordered_map>

#include "base/address.h"
#include "base/siphash.h"
#include "net/source_key.h"

namespace net {

struct DtlsLimits {
  // Associations of one server (one worker): about 35 kB each (OpenSSL 3.0) until there is an allocation,
  // 55 kB from then on. When all are taken, a stranger may have to go: see DtlsPlaces::has_fewer().
  size_t sessions = 4096;
  // Of one source_of(): many clients may share a NAT, but none may take all. Of a /48 kSourcesPerNetwork
  // times as many, but no more than a quarter of all.
  size_t sessions_per_source = 256;
};

// Pure. `key` is random: clients choose their addresses, and could choose them to collide.
class DtlsPlaces {
 public:
  DtlsPlaces(const base::SipHashKey& key, const DtlsLimits& limits)
      : limits_(limits), of_source_(0, Hash{key}), of_network_(0, Hash{key}) {}

  void set_limits(const DtlsLimits& limits) { limits_ = limits; }
  void take(const base::IpAddress& client);
  void give_back(const base::IpAddress& client);

  // Whether `client`'s source and network may have one more.
  [[nodiscard]] bool has_room_for(const base::IpAddress& client) const;
  [[nodiscard]] bool is_full() const { return taken_ >= limits_.sessions; }
  // Whether `newcomer` comes from where fewer places are taken than where `client` comes from: from an IPv4
  // address, or an IPv6 /48, which may be one customer's.
  [[nodiscard]] bool has_fewer(const base::IpAddress& newcomer, const base::IpAddress& client) const;

 private:
  struct Hash {
    base::SipHashKey key;
    size_t operator()(const base::IpAddress& source) const { return hash_of(key, source); }
  };
  using Counts = std::unordered_map<base::IpAddress, size_t, Hash>;

  [[nodiscard]] static size_t count(const Counts& counts, const base::IpAddress& whose);
  static void decrease(Counts& counts, const base::IpAddress& whose);
  [[nodiscard]] size_t taken_around(const base::IpAddress& client) const;

  DtlsLimits limits_;
  Counts of_source_;
  Counts of_network_;  // of IPv6
  size_t taken_ = 0;
};

}  // namespace net
