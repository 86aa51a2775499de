#include "relay/quota_ledger.h"

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

base::IpAddress source_of(const base::IpAddress& address) {
  return address.is_v4() ? address : base::IpAddress::v6(address.hi, 0);
}

QuotaVerdict QuotaLedger::take_place(std::string_view user, const base::IpAddress& source) {
  if (is_full(of_user(user), options_.per_user)) return QuotaVerdict::kUserFull;
  if (is_full(count_of(by_source_, source_of(source)), options_.per_source)) return QuotaVerdict::kSourceFull;
  ++by_user_[std::string(user)];
  ++by_source_[source_of(source)];
  return QuotaVerdict::kGranted;
}

void QuotaLedger::give_back_place(std::string_view user, const base::IpAddress& source) {
  count_down(by_user_, user);
  count_down(by_source_, source_of(source));
}

bool QuotaLedger::begin_allocation() {
  if (is_full(in_all_, options_.in_all)) return false;
  ++in_all_;
  return true;
}

size_t QuotaLedger::of_user(std::string_view user) const { return count_of(by_user_, user); }

}  // namespace relay
