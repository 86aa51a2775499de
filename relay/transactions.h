// Which requests were carried out for whom, so that a copy of one is not carried out for somebody else.
#pragma once

#include <array>
#include <cstdint>
#include <unordered_map>
#include <vector>

#include "base/siphash.h"
#include "relay/five_tuple.h"
#include "stun/message.h"

namespace relay {

// What a request is known by: a hash of its transaction id and its nonce. A copy has both; two honest
// requests do not, even of clients that count their transactions from one, because every challenge has a
// nonce of its own.
using RequestKey = uint64_t;

// Shared by all workers: a copy comes from another port, and so to another worker.
class Transactions {
 public:
  virtual ~Transactions() = default;
  [[nodiscard]] virtual RequestKey key_of(const stun::Message& message) const = 0;
  // False: the request was carried out for another 5-tuple. Otherwise it is `tuple`'s from now on, for as
  // long as there is room to remember it.
  [[nodiscard]] virtual bool claim(RequestKey request, const FiveTuple& tuple) = 0;
  // While an allocation lives, the Allocate that made it is remembered whatever else comes.
  virtual void hold(RequestKey request, const FiveTuple& tuple) = 0;
  virtual void release(RequestKey request) = 0;
};

// 18 octets for each of `remembered`, and as many or so for each living allocation. Not for several threads:
// relay/worker wraps one for all.
class TransactionLedger : public Transactions {
 public:
  static constexpr size_t kRemembered = 65536;

  // `key` is random: nobody can choose what pushes out what.
  explicit TransactionLedger(const base::SipHashKey& key, size_t remembered = kRemembered)
      : key_(key), sets_(remembered / kWays) {}

  RequestKey key_of(const stun::Message& message) const override;
  bool claim(RequestKey request, const FiveTuple& tuple) override;
  void hold(RequestKey request, const FiveTuple& tuple) override;
  void release(RequestKey request) override { held_.erase(request); }

 private:
  static constexpr size_t kWays = 8;
  struct Entry {
    RequestKey request = 0;
    uint64_t tuple = 0;  // hash; 0: free
  };
  struct Set {
    std::array<Entry, kWays> entries;
    uint8_t oldest = 0;
  };

  [[nodiscard]] uint64_t hash_of(const FiveTuple& tuple) const;

  base::SipHashKey key_;
  std::vector<Set> sets_;
  std::unordered_map<RequestKey, uint64_t> held_;  // keys are hashes already, of a key nobody knows
};

}  // namespace relay
