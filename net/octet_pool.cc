#include "net/octet_pool.h"

#include "net/source_key.h"

namespace net {

OctetPool::OctetPool(const base::SipHashKey& key, const Limits& limits)
    : key_(key), limits_(limits), by_source_(kPlaces) {}

OctetPool::Share::Share(OctetPool& pool, const base::IpAddress& source)
    : pool_(pool), place_(hash_of(pool.key_, source_of(source)) % kPlaces) {}

bool OctetPool::Share::resize(size_t octets) {
  auto& of_source = pool_.by_source_[place_];
  if (octets > octets_) {
    const size_t more = octets - octets_;
    if (more > pool_.limits_.per_source - of_source || more > pool_.limits_.in_all - pool_.taken_)
      return false;
  }
  of_source += octets - octets_;  // wraps round where it shrinks
  pool_.taken_ += octets - octets_;
  octets_ = octets;
  return true;
}

}  // namespace net
