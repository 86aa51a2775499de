// UTF-8 in pieces, refused at the first octet that no continuation can mend. Pure.
#pragma once

#include <cstdint>

#include "base/bytes.h"

namespace net {

// RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF. Does not allocate. Use from one thread
// at a time.
class Utf8Validator {
 public:
  // False: what came so far is not the beginning of any valid text. Nothing may be fed after that.
  [[nodiscard]] bool feed(base::Bytes bytes);
  // What came so far does not end inside a character.
  [[nodiscard]] bool is_complete() const { return continuations_due_ == 0; }

 private:
  [[nodiscard]] bool begin_character(uint8_t octet);

  uint8_t continuations_due_ = 0;
  uint8_t next_low_ = 0x80;  // what the next continuation may be (RFC 3629 §4)
  uint8_t next_high_ = 0xbf;
};

[[nodiscard]] bool is_utf8(base::Bytes bytes);

}  // namespace net
