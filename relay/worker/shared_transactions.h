// One ledger of requests for all workers, behind a lock that authenticated requests take; packets never do.
#pragma once

#include <mutex>

#include "relay/transactions.h"

namespace relay::worker {

class SharedTransactions final : public Transactions {
 public:
  explicit SharedTransactions(const base::SipHashKey& key) : ledger_(key) {}

  RequestKey key_of(const stun::Message& message) const override { return ledger_.key_of(message); }
  Claim claim(RequestKey request, const Claimant& claimant) override {
    const std::lock_guard lock(mutex_);
    return ledger_.claim(request, claimant);
  }
  void hold(RequestKey request, const FiveTuple& tuple) override {
    const std::lock_guard lock(mutex_);
    ledger_.hold(request, tuple);
  }
  void release(RequestKey request) override {
    const std::lock_guard lock(mutex_);
    ledger_.release(request);
  }

 private:
  std::mutex mutex_;
  TransactionLedger ledger_;  // key_of() looks at nothing that changes
};

}  // namespace relay::worker
