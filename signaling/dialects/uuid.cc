#include "signaling/dialects/uuid.h"

#include <array>
#include <cstdint>

namespace signaling::dialects {

std::string make_uuid(base::RandomSource& random) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::array<uint8_t, 16> octets;
  random.fill(octets);
  octets[6] = (octets[6] & 0x0f) | 0x40;  // version
  octets[8] = (octets[8] & 0x3f) | 0x80;  // variant
  std::string text;
  for (size_t i = 0; i < octets.size(); ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) text += '-';
    text += kDigits[octets[i] >> 4];
    text += kDigits[octets[i] & 15];
  }
  return text;
}

}  // namespace signaling::dialects
