// Counts allocations and what is left of them by user, by source address and in all (RFC 8656 §7.2: 486).
#pragma once

#include <map>
#include <string>

#include "relay/interfaces.h"

namespace relay {

struct QuotaOptions {
  size_t per_user = 100;    // allocations, reservations and resting ports; 0 = no limit, likewise below
  size_t per_source = 100;  // the same of an IPv4 address, or IPv6 /64; of a /48 16 times as many
  size_t in_all = 100000;   // living allocations
};

// Not for several threads: relay/worker wraps one ledger for all workers; it is touched by Allocate and by
// the end of an allocation only.
class QuotaLedger : public Quotas {
 public:
  explicit QuotaLedger(const QuotaOptions& options) : options_(options) {}

  QuotaVerdict take_place(std::string_view user, const base::IpAddress& source) override;
  void give_back_place(std::string_view user, const base::IpAddress& source) override;
  bool begin_allocation() override;
  void end_allocation() override { --in_all_; }
  // Lower limits end nothing that lives: they refuse what comes.
  void change_limits(const QuotaOptions& options) { options_ = options; }

  [[nodiscard]] size_t in_all() const { return in_all_; }
  [[nodiscard]] size_t of_user(std::string_view user) const;  // places

 private:
  QuotaOptions options_;
  std::map<std::string, size_t, std::less<>> by_user_;
  std::map<base::IpAddress, size_t> by_source_;
  std::map<base::IpAddress, size_t> by_network_;  // of IPv6
  size_t in_all_ = 0;
};

}  // namespace relay
