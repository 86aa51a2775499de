#include "relay/transactions.h"

#include <algorithm>
#include <cstring>

namespace relay {
namespace {

constexpr size_t kTransactionBytes = std::tuple_size_v<stun::TransactionId>;

}  // namespace

RequestKey TransactionLedger::key_of(const stun::Message& message) const {
  std::array<uint8_t, kTransactionBytes + 64> input{};
  std::memcpy(input.data(), message.transaction_id(), kTransactionBytes);
  // Nonces of ours are shorter than that; of what is longer the integrity was never right.
  const auto nonce = base::as_bytes(message.text(stun::AttributeType::kNonce).value_or(""));
  const size_t bytes = std::min(nonce.size(), input.size() - kTransactionBytes);
  std::copy_n(nonce.begin(), bytes, input.begin() + kTransactionBytes);
  return base::siphash(key_, input);
}

uint64_t TransactionLedger::hash_of(const FiveTuple& tuple) const {
  const auto words = tuple.words();
  std::array<uint8_t, sizeof(words)> octets;
  std::memcpy(octets.data(), words.data(), octets.size());
  return base::siphash(key_, octets) | 1;
}

bool TransactionLedger::claim(RequestKey request, const FiveTuple& tuple) {
  const uint64_t hash = hash_of(tuple);
  if (const auto held = held_.find(request); held != held_.end()) return held->second == hash;
  Set& set = sets_[request % sets_.size()];
  const auto known = std::ranges::find_if(
      set.entries, [&](const Entry& entry) { return entry.tuple != 0 && entry.request == request; });
  if (known != set.entries.end()) return known->tuple == hash;
  set.entries[set.oldest] = {request, hash};
  set.oldest = static_cast<uint8_t>((set.oldest + 1) % kWays);
  return true;
}

void TransactionLedger::hold(RequestKey request, const FiveTuple& tuple) { held_[request] = hash_of(tuple); }

}  // namespace relay
