#include "net/dtls_places.h"

#include <algorithm>

namespace net {

size_t DtlsPlaces::count(const Counts& counts, const base::IpAddress& whose) {
  const auto found = counts.find(whose);
  return found == counts.end() ? 0 : found->second;
}

void DtlsPlaces::decrease(Counts& counts, const base::IpAddress& whose) {
  const auto found = counts.find(whose);
  if (--found->second == 0) counts.erase(found);
}

void DtlsPlaces::take(const base::IpAddress& client) {
  ++taken_;
  ++of_source_[source_of(client)];
  if (has_network(client)) ++of_network_[network_of(client)];
}

void DtlsPlaces::give_back(const base::IpAddress& client) {
  --taken_;
  decrease(of_source_, source_of(client));
  if (has_network(client)) decrease(of_network_, network_of(client));
}

bool DtlsPlaces::has_room_for(const base::IpAddress& client) const {
  const size_t most = limits_.sessions_per_source;
  if (count(of_source_, source_of(client)) >= most) return false;
  if (!has_network(client)) return true;
  const size_t quarter = std::max(most, limits_.sessions / 4);  // one source keeps what is its own
  return count(of_network_, network_of(client)) < std::min(most * kSourcesPerNetwork, quarter);
}

size_t DtlsPlaces::taken_around(const base::IpAddress& client) const {
  return has_network(client) ? count(of_network_, network_of(client)) : count(of_source_, client);
}

bool DtlsPlaces::has_fewer(const base::IpAddress& newcomer, const base::IpAddress& client) const {
  return taken_around(newcomer) < taken_around(client);
}

}  // namespace net
