#include "relay/transactions.h"

#include <algorithm>
#include <cstring>
#include <span>

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
  return base::siphash(key_, octets);
}

// Differences of 32-bit seconds stay right when the count wraps in 2106.
bool TransactionLedger::Watermark::covers(uint32_t issued) const {
  return issued_at != 0 && static_cast<int32_t>(issued - issued_at) <= 0;
}

void TransactionLedger::Watermark::raise(Watermark to) {
  if (to.issued_at != 0 && !covers(to.issued_at)) issued_at = to.issued_at;
}

const TransactionLedger::Entry* TransactionLedger::Set::find(uint32_t request) const {
  const auto known = std::span(entries).first(used);
  const auto found = std::ranges::find(known, request, &Entry::request);
  return found == known.end() ? nullptr : &*found;
}

bool TransactionLedger::Set::has_forgotten(uint32_t user, uint32_t issued_at) const {
  return forgotten.covers(issued_at) ||
         std::ranges::any_of(std::span(entries).first(used), [&](const Entry& entry) {
           return entry.user == user && entry.forgotten.covers(issued_at);
         });
}

// Of whom has most of them, the newcomer counted in, the one with the oldest nonce.
size_t TransactionLedger::Set::victim_for(uint32_t user) const {
  size_t victim = 0;
  ptrdiff_t most = 0;
  for (size_t i = 0; i < kWays; ++i) {
    const auto& entry = entries[i];
    const auto same = std::ranges::count(entries, entry.user, &Entry::user) + (entry.user == user ? 1 : 0);
    const bool is_older = static_cast<int32_t>(entry.issued_at - entries[victim].issued_at) < 0;
    if (same < most || (same == most && !is_older)) continue;
    victim = i;
    most = same;
  }
  return victim;
}

void TransactionLedger::Set::add(const Entry& entry) {
  if (used < kWays) {
    entries[used++] = entry;
    return;
  }
  const size_t victim = victim_for(entry.user);
  const Entry lost = entries[victim];
  std::shift_left(entries.begin() + victim, entries.end(), 1);
  entries.back() = entry;
  forget(lost);
}

void TransactionLedger::Set::forget(const Entry& entry) {
  const auto kin = std::ranges::find(entries, entry.user, &Entry::user);
  auto& watermark = kin == entries.end() ? forgotten : kin->forgotten;
  watermark.raise(entry.forgotten);
  watermark.raise({entry.issued_at});
}

Claim TransactionLedger::claim(RequestKey request, const Claimant& claimant) {
  const uint64_t tuple = hash_of(claimant.tuple);
  if (const auto held = held_.find(request); held != held_.end()) {
    return held->second == tuple ? Claim::kGranted : Claim::kCopy;
  }
  Set& set = sets_[static_cast<uint32_t>(request) % sets_.size()];
  const auto half = static_cast<uint32_t>(request >> 32);
  if (const auto* known = set.find(half)) return known->tuple == tuple ? Claim::kGranted : Claim::kCopy;
  const auto user = static_cast<uint32_t>(base::siphash(key_, base::as_bytes(claimant.user)));
  if (set.has_forgotten(user, claimant.issued_at)) return Claim::kStale;
  set.add({tuple, half, user, claimant.issued_at, {}});
  return Claim::kGranted;
}

void TransactionLedger::hold(RequestKey request, const FiveTuple& tuple) { held_[request] = hash_of(tuple); }

}  // namespace relay
