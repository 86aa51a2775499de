#include "relay/quota_ledger.h"

#include "base/source.h"

namespace relay {
namespace {

bool is_full(size_t count, size_t limit) { return limit != 0 && count >= limit; }

template <typename Map, typename Key>
size_t count_of(const Map& counts, const Key& key) {
  const auto at = counts.find(key);
  return at == counts.end() ? 0 : at->second;
}

template <typename Map, typename Key>
void count_down(Map& counts, const Key& key) {
  const auto at = counts.find(key);
  if (at != counts.end() && --at->second == 0) counts.erase(at);
}

}  // namespace

QuotaVerdict QuotaLedger::take_place(std::string_view user, const base::IpAddress& source) {
  if (is_full(of_user(user), options_.per_user)) return QuotaVerdict::kUserFull;
  const auto network = base::network_of(source);
  const bool network_full =
      base::has_network(source) &&
      is_full(count_of(by_network_, network), options_.per_source * base::kSourcesPerNetwork);
  if (network_full || is_full(count_of(by_source_, base::source_of(source)), options_.per_source))
    return QuotaVerdict::kSourceFull;
  ++by_user_[std::string(user)];
  ++by_source_[base::source_of(source)];
  if (base::has_network(source)) ++by_network_[network];
  return QuotaVerdict::kGranted;
}

void QuotaLedger::give_back_place(std::string_view user, const base::IpAddress& source) {
  count_down(by_user_, user);
  count_down(by_source_, base::source_of(source));
  if (base::has_network(source)) count_down(by_network_, base::network_of(source));
}

bool QuotaLedger::begin_allocation() {
  if (is_full(in_all_, options_.in_all)) return false;
  ++in_all_;
  return true;
}

size_t QuotaLedger::of_user(std::string_view user) const { return count_of(by_user_, user); }

}  // namespace relay
