// Which requests were carried out for whom, so that a copy of one is not carried out for somebody else.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
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

// Whose request it is, once its integrity was right.
struct Claimant {
  const FiveTuple& tuple;
  std::string_view user;
  uint32_t issued_at;  // its nonce: stun::issued_at()
};

enum class Claim : uint8_t {
  kGranted,
  kCopy,  // it was carried out for another 5-tuple
  kStale  // as old ones were forgotten, so that this may be a copy of one; a new nonce helps
};

// Shared by all workers: a copy comes from another port, and so to another worker.
class Transactions {
 public:
  virtual ~Transactions() = default;
  [[nodiscard]] virtual RequestKey key_of(const stun::Message& message) const = 0;
  // Granted, it is that 5-tuple's from now on, and nobody else's while its nonce is fresh.
  [[nodiscard]] virtual Claim claim(RequestKey request, const Claimant& claimant) = 0;
  // While an allocation lives, the Allocate that made it is remembered whatever else comes.
  virtual void hold(RequestKey request, const FiveTuple& tuple) = 0;
  virtual void release(RequestKey request) = 0;
};

// 25 octets for each of `remembered`, and 20 or so for each living allocation. What is forgotten for want of
// room leaves behind how old its nonce was: nonces up to that age are stale from then on, in one set of
// eight, and for the same user only as long as the set has another request of that user. Who fills a set
// forgets its own: what a user does makes others' nonces stale only together with eight more users.
// Not for several threads: relay/worker wraps one for all.
class TransactionLedger : public Transactions {
 public:
  static constexpr size_t kRemembered = 65536;

  // `key` is random: nobody can choose what pushes out what.
  explicit TransactionLedger(const base::SipHashKey& key, size_t remembered = kRemembered)
      : key_(key), sets_(remembered / kWays) {}

  RequestKey key_of(const stun::Message& message) const override;
  Claim claim(RequestKey request, const Claimant& claimant) override;
  void hold(RequestKey request, const FiveTuple& tuple) override;
  void release(RequestKey request) override { held_.erase(request); }

 private:
  static constexpr size_t kWays = 8;
  // The newest of the nonces whose requests were forgotten, in seconds as nonces count them.
  struct Watermark {
    uint32_t issued_at = 0;  // 0: nothing was forgotten
    [[nodiscard]] bool covers(uint32_t issued) const;
    void raise(Watermark to);
  };
  struct Entry {
    uint64_t tuple;    // hash
    uint32_t request;  // the half of the key that does not choose the set
    uint32_t user;     // hash
    uint32_t issued_at;
    Watermark forgotten;  // requests of this user, in this set
  };
  // Its entries in the order in which they came.
  struct Set {
    std::array<Entry, kWays> entries;
    uint32_t used = 0;
    Watermark forgotten;  // requests of anybody

    [[nodiscard]] const Entry* find(uint32_t request) const;
    [[nodiscard]] bool has_forgotten(uint32_t user, uint32_t issued_at) const;
    void add(const Entry& entry);

   private:
    [[nodiscard]] size_t victim_for(uint32_t user) const;
    void forget(const Entry& entry);
  };

  [[nodiscard]] uint64_t hash_of(const FiveTuple& tuple) const;

  base::SipHashKey key_;
  std::vector<Set> sets_;
  std::unordered_map<RequestKey, uint64_t> held_;  // keys are hashes already, of a key nobody knows
};

}  // namespace relay
