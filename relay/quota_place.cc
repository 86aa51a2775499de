#include "relay/quota_place.h"

#include "base/source.h"
#include "relay/interfaces.h"
#include "relay/quota_ledger.h"

namespace relay {

QuotaPlace::~QuotaPlace() { quotas_.give_back_place(user_, source_); }

bool QuotaPlace::is_of(std::string_view user, const base::IpAddress& source) const {
  return user == user_ && base::source_of(source) == base::source_of(source_);
}

std::expected<SharedPlace, QuotaVerdict> take_place(Quotas& quotas, std::string_view user,
                                                    const base::IpAddress& source) {
  const auto verdict = quotas.take_place(user, source);
  if (verdict != QuotaVerdict::kGranted) return std::unexpected(verdict);
  return std::make_shared<const QuotaPlace>(quotas, user, source);
}

}  // namespace relay
