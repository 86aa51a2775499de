// Memory for clients that need more than everybody has: large requests, answers that are read slowly. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "base/address.h"
#include "base/siphash.h"

namespace net {

// What a client may hold of our memory before anybody knows who it is, beside the objects that every
// connection has: octets of its own that wait here, and of ours that it does not read. Streams are held to it
// from the start (Stream::set_limits), until whoever takes them over lifts the limits; more comes from a
// pool.
inline constexpr size_t kStrangerBytes = 4 * 1024;

// Counts octets, of each source (an IPv4 address, an IPv6 /64) and of all; holds none itself. A fixed table:
// two sources may share a place in it, but nobody can choose with whom, since the key is secret. Use from one
// thread at a time.
class OctetPool {
 public:
  struct Limits {
    size_t per_source = 256 * 1024;
    size_t in_all = 512 * 1024;
  };
  // One client's part. The pool outlives it.
  class Share {
   public:
    Share(OctetPool& pool, const base::IpAddress& source);
    ~Share() { (void)resize(0); }
    Share(const Share&) = delete;
    Share& operator=(const Share&) = delete;
    // From now on it is `octets`. False: there is no room, and it is what it was.
    [[nodiscard]] bool resize(size_t octets);

   private:
    OctetPool& pool_;
    const size_t place_;
    size_t octets_ = 0;
  };

  OctetPool(const base::SipHashKey& key, const Limits& limits);
  [[nodiscard]] size_t taken() const { return taken_; }

 private:
  static constexpr size_t kPlaces = 4096;

  const base::SipHashKey key_;
  const Limits limits_;
  size_t taken_ = 0;
  std::vector<size_t> by_source_;
};

}  // namespace net
