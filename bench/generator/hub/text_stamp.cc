#include "bench/generator/hub/text_stamp.h"

#include <array>
#include <charconv>
#include <cstring>

namespace bench::generator::hub {
namespace {

constexpr std::string_view kMark = "iceload:";
constexpr std::string_view kDigits = "0123456789abcdef";
constexpr size_t kLongestPayload = 65536;

using Filling = std::array<char, kLongestPayload>;

// Letters and digits only: nothing that JSON would escape.
Filling make_filling() {
  constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
  Filling filling{};
  for (size_t i = 0; i < filling.size(); ++i) filling[i] = kAlphabet[(i * 7 + (i >> 6)) % kAlphabet.size()];
  return filling;
}

const Filling kFilling = make_filling();

void write_hex(std::span<char> to, uint64_t value) {
  for (size_t i = to.size(); i-- > 0; value >>= 4) to[i] = kDigits[value & 15];
}

std::optional<uint64_t> read_hex(std::string_view digits) {
  uint64_t value = 0;
  const char* const end = digits.data() + digits.size();
  const auto [stopped, fault] = std::from_chars(digits.data(), end, value, 16);
  if (fault != std::errc{} || stopped != end) return std::nullopt;
  return value;
}

}  // namespace

void fill_text(std::span<char> payload) {
  const auto rest = payload.subspan(kTextStampBytes);
  std::memcpy(rest.data(), kFilling.data(), rest.size());
}

void write_text_stamp(std::span<char> payload, const Stamp& stamp) {
  std::memcpy(payload.data(), kMark.data(), kMark.size());
  write_hex(payload.subspan(8, 8), stamp.flow);
  write_hex(payload.subspan(16, 16), stamp.sequence);
  write_hex(payload.subspan(32, 16), static_cast<uint64_t>(stamp.intended.time_since_epoch().count()));
}

bool has_text_stamp(std::string_view text) { return text.find(kMark) != std::string_view::npos; }

std::optional<Stamp> find_text_stamp(std::string_view text, size_t payload_bytes) {
  const size_t at = text.find(kMark);
  if (at == std::string_view::npos || text.size() - at < payload_bytes) return std::nullopt;
  const auto payload = text.substr(at, payload_bytes);
  const auto rest = payload.substr(kTextStampBytes);
  if (std::memcmp(rest.data(), kFilling.data(), rest.size()) != 0) return std::nullopt;
  const auto flow = read_hex(payload.substr(8, 8));
  const auto sequence = read_hex(payload.substr(16, 16));
  const auto intended = read_hex(payload.substr(32, 16));
  if (!flow || !sequence || !intended) return std::nullopt;
  return Stamp{static_cast<uint32_t>(*flow), *sequence,
               base::TimePoint(std::chrono::nanoseconds(static_cast<int64_t>(*intended)))};
}

}  // namespace bench::generator::hub
