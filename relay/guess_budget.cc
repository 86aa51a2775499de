#include "relay/guess_budget.h"

#include <array>

#include "base/bytes.h"
#include "base/source.h"

namespace relay {
namespace {

constexpr uint64_t kOfNetwork = GuessBudget::kNames * base::kSourcesPerNetwork;

std::array<uint64_t, 3> words_of(const base::IpAddress& address) {
  return {address.hi, address.lo, static_cast<uint64_t>(address.family)};
}

std::array<uint64_t, 5> words_of(const base::IpAddress& source, const stun::Sha256Digest& name) {
  return {source.hi, source.lo, static_cast<uint64_t>(source.family), base::load_be64(name.data()),
          base::load_be64(name.data() + 8)};
}

}  // namespace

bool GuessBudget::has(base::TimePoint now, const base::IpAddress& address, const stun::Sha256Digest& name) {
  if (per_minute_ == 0) return true;
  const auto source = base::source_of(address);
  return names_.has(now, words_of(source, name), rate_of(1)) &&
         sources_.has(now, words_of(source), rate_of(kNames)) &&
         (!base::has_network(address) ||
          networks_.has(now, words_of(base::network_of(address)), rate_of(kOfNetwork)));
}

void GuessBudget::count(base::TimePoint now, const base::IpAddress& address, const stun::Sha256Digest& name) {
  if (per_minute_ == 0) return;
  const auto source = base::source_of(address);
  names_.take(now, words_of(source, name), rate_of(1));
  sources_.take(now, words_of(source), rate_of(kNames));
  if (base::has_network(address)) {
    networks_.take(now, words_of(base::network_of(address)), rate_of(kOfNetwork));
  }
}

}  // namespace relay
