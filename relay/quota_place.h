// What an allocation, or a port held by a reservation, counts against its user and its source.
#pragma once

#include <expected>
#include <memory>
#include <string>
#include <string_view>

#include "base/address.h"

namespace relay {

class Quotas;
enum class QuotaVerdict : uint8_t { kGranted, kUserFull, kSourceFull, kServerFull };

// One place of a user and of a source, given back when it goes. An allocation shares it with its ports, which
// keep it while they rest: otherwise whoever allocates and releases in turn would have any number of them.
// The quotas outlive it; it may go on another thread than it came.
class QuotaPlace {
 public:
  QuotaPlace(Quotas& quotas, std::string_view user, const base::IpAddress& source)
      : quotas_(quotas), user_(user), source_(source) {}
  QuotaPlace(const QuotaPlace&) = delete;
  QuotaPlace& operator=(const QuotaPlace&) = delete;
  ~QuotaPlace();

  [[nodiscard]] bool is_of(std::string_view user, const base::IpAddress& source) const;

 private:
  Quotas& quotas_;
  const std::string user_;
  const base::IpAddress source_;
};
using SharedPlace = std::shared_ptr<const QuotaPlace>;

// Takes a place, or says whose quota is full.
[[nodiscard]] std::expected<SharedPlace, QuotaVerdict> take_place(Quotas& quotas, std::string_view user,
                                                                  const base::IpAddress& source);

}  // namespace relay
