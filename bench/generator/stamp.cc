#include "bench/generator/stamp.h"

#include <array>
#include <cstring>

namespace bench::generator {
namespace {

constexpr uint32_t kMark = 0xb0a710ad;  // first octet 0xb0: neither STUN, ChannelData nor DTLS
constexpr size_t kLongestPayload = 65536;

using Filling = std::array<uint8_t, kLongestPayload>;

constexpr Filling make_filling() {
  Filling filling{};
  for (size_t i = 0; i < filling.size(); ++i) filling[i] = static_cast<uint8_t>(i * 7 + (i >> 8));
  return filling;
}

const Filling kFilling = make_filling();

}  // namespace

void fill_payload(base::MutableBytes payload) {
  const auto rest = payload.subspan(kStampBytes);
  std::memcpy(rest.data(), kFilling.data(), rest.size());
}

void write_stamp(base::MutableBytes payload, const Stamp& stamp) {
  base::store_be32(payload.data(), kMark);
  base::store_be32(payload.data() + 4, stamp.flow);
  base::store_be64(payload.data() + 8, stamp.sequence);
  base::store_be64(payload.data() + 16, static_cast<uint64_t>(stamp.intended.time_since_epoch().count()));
}

std::optional<Stamp> read_stamp(base::Bytes payload) {
  if (payload.size() < kStampBytes || payload.size() - kStampBytes > kLongestPayload) return std::nullopt;
  if (base::load_be32(payload.data()) != kMark) return std::nullopt;
  const auto rest = payload.subspan(kStampBytes);
  if (std::memcmp(rest.data(), kFilling.data(), rest.size()) != 0) return std::nullopt;
  const auto intended = static_cast<int64_t>(base::load_be64(payload.data() + 16));
  return Stamp{base::load_be32(payload.data() + 4), base::load_be64(payload.data() + 8),
               base::TimePoint(std::chrono::nanoseconds(intended))};
}

}  // namespace bench::generator
