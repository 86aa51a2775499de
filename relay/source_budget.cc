#include "relay/source_budget.h"

#include <algorithm>
#include <array>
#include <functional>

#include "base/source.h"

namespace relay {
namespace {

std::array<uint64_t, 3> words_of(const base::IpAddress& address) {
  return {address.hi, address.lo, static_cast<uint64_t>(address.family)};
}

BucketRate rate_of(uint64_t per_second) { return {1, per_second, 2 * per_second}; }

BucketRate rate_of_network(uint64_t per_second) { return rate_of(per_second * base::kSourcesPerNetwork); }

}  // namespace

bool SourceBudget::has(base::TimePoint now, const base::IpAddress& source) {
  if (replies_per_second_ == 0) return true;
  if (!sources_.has(now, words_of(base::source_of(source)), rate_of(replies_per_second_))) return false;
  return !base::has_network(source) ||
         networks_.has(now, words_of(base::network_of(source)), rate_of_network(replies_per_second_));
}

bool SourceBudget::take(base::TimePoint now, const base::IpAddress& source) {
  if (replies_per_second_ == 0) return true;
  if (!has(now, source)) {
    refused_.add(base::source_of(source));
    return false;
  }
  sources_.take(now, words_of(base::source_of(source)), rate_of(replies_per_second_));
  if (base::has_network(source)) {
    networks_.take(now, words_of(base::network_of(source)), rate_of_network(replies_per_second_));
  }
  return true;
}

std::vector<RefusedSource> ReplyBudgets::take_refused() {
  auto refused = forgeable.take_refused();
  for (const auto& other : proven.take_refused()) {
    const auto known = std::ranges::find(refused, other.source, &RefusedSource::source);
    if (known == refused.end()) {
      refused.push_back(other);
    } else {
      known->refusals += other.refusals;
    }
  }
  std::ranges::sort(refused, std::greater(), &RefusedSource::refusals);
  return refused;
}

}  // namespace relay
