#include "net/utf8.h"

#include <cstddef>

namespace net {
namespace {

constexpr uint64_t kHighBits = 0x8080808080808080;

// How many octets at the front are ASCII, counted in eights: signaling is ASCII nearly throughout.
size_t ascii_eights(base::Bytes bytes) {
  size_t at = 0;
  while (bytes.size() - at >= 8 && (base::load_be64(bytes.data() + at) & kHighBits) == 0) at += 8;
  return at;
}

}  // namespace

bool Utf8Validator::feed(base::Bytes bytes) {
  size_t at = 0;
  while (at < bytes.size()) {
    if (continuations_due_ == 0) {
      at += ascii_eights(bytes.subspan(at));
      if (at == bytes.size()) return true;
      if (!begin_character(bytes[at++])) return false;
      continue;
    }
    const uint8_t octet = bytes[at++];
    if (octet < next_low_ || octet > next_high_) return false;
    --continuations_due_;
    next_low_ = 0x80;
    next_high_ = 0xbf;
  }
  return true;
}

bool Utf8Validator::begin_character(uint8_t octet) {
  if (octet < 0x80) return true;
  if (octet < 0xc2 || octet > 0xf4) return false;
  continuations_due_ = octet < 0xe0 ? 1 : octet < 0xf0 ? 2 : 3;
  if (octet == 0xe0) next_low_ = 0xa0;
  if (octet == 0xed) next_high_ = 0x9f;  // D800..DFFF are halves of UTF-16
  if (octet == 0xf0) next_low_ = 0x90;
  if (octet == 0xf4) next_high_ = 0x8f;
  return true;
}

bool is_utf8(base::Bytes bytes) {
  Utf8Validator validator;
  return validator.feed(bytes) && validator.is_complete();
}

}  // namespace net
