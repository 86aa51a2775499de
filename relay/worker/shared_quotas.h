// One quota ledger for all workers, behind a lock that Allocate, the end of an allocation and the end of a peer take.
#pragma once

#include <mutex>

#include "relay/quota_ledger.h"

namespace relay::worker {

class SharedQuotas final : public Quotas {
 public:
  explicit SharedQuotas(const QuotaOptions& options) : ledger_(options) {}

  QuotaVerdict take_place(std::string_view user, const base::IpAddress& source) override {
    const std::lock_guard lock(mutex_);
    return ledger_.take_place(user, source);
  }
  void give_back_place(std::string_view user, const base::IpAddress& source) override {
    const std::lock_guard lock(mutex_);
    ledger_.give_back_place(user, source);
  }
  bool begin_allocation() override {
    const std::lock_guard lock(mutex_);
    return ledger_.begin_allocation();
  }
  void end_allocation() override {
    const std::lock_guard lock(mutex_);
    ledger_.end_allocation();
  }
  void change_limits(const QuotaOptions& options) {
    const std::lock_guard lock(mutex_);
    ledger_.change_limits(options);
  }
  [[nodiscard]] size_t in_all() const {
    const std::lock_guard lock(mutex_);
    return ledger_.in_all();
  }
  [[nodiscard]] size_t of_user(std::string_view user) const {
    const std::lock_guard lock(mutex_);
    return ledger_.of_user(user);
  }

 private:
  mutable std::mutex mutex_;
  QuotaLedger ledger_;
};

}  // namespace relay::worker
