#include "signaling/fingerprint.h"

#include "signaling/hex_pairs.h"

namespace signaling {

std::optional<std::string> canonical_fingerprint(std::string_view text) {
  if (text.size() != kFingerprintDigits && text.size() != kFingerprintDigits / 2 * 3 - 1) return std::nullopt;
  auto digits = compact_hex(text);
  if (!digits || digits->size() != kFingerprintDigits) return std::nullopt;
  return digits;
}

}  // namespace signaling
