// How much of one stream's work is done before the others have their turn.
#pragma once

#include "stun/wire.h"

namespace relay::worker {

// Frames of one read. A request (keys, sockets, an answer to sign) costs as much as eight ChannelData
// messages; one of those about 2 µs, most of it the kernel's.
class WorkShare {
 public:
  static constexpr int kUnits = 64;

  void spend(base::Bytes frame) { units_ += is_request(frame) ? kRequestUnits : 1; }
  [[nodiscard]] bool is_used_up() const { return units_ >= kUnits; }
  // Another read may follow at once, which has a share of its own.
  [[nodiscard]] bool is_small() const { return units_ < kUnits / 4; }

 private:
  static constexpr int kRequestUnits = 8;

  // Of class request, by the bits of RFC 8489 §5.
  static bool is_request(base::Bytes frame) {
    return frame.size() >= 2 && frame[0] < 0x40 && (frame[0] & 0x01) == 0 && (frame[1] & 0x10) == 0;
  }

  int units_ = 0;
};

}  // namespace relay::worker
