// Any stream, cut anywhere: the same frames come out, each inside the stream, none empty, and each holds one
// message as a datagram would. The first octet of the input is the size of the pieces.
#include <algorithm>
#include <vector>

#include "stun/channel_data.h"
#include "stun/message.h"
#include "stun/stream_framer.h"

namespace {

void require(bool holds) {
  if (!holds) __builtin_trap();
}

struct Outcome {
  std::vector<std::vector<uint8_t>> frames;
  size_t consumed_bytes = 0;
  bool out_of_sync = false;
};

void require_one_message(const stun::Frame& frame) {
  if (frame.kind == stun::FrameKind::kChannelData) {
    const auto parsed = stun::parse_channel_data(frame.bytes);
    require(parsed && parsed->data.size() + stun::kChannelDataHeaderBytes == frame.bytes.size());
    return;
  }
  const auto parsed = stun::Message::parse(frame.bytes);
  require(parsed || parsed.error() == stun::ParseError::kBadAttribute ||
          parsed.error() == stun::ParseError::kTooManyAttributes);
}

// Takes frames off `stream` from `outcome.consumed_bytes` on until more octets are needed.
void drain(base::Bytes stream, Outcome& outcome) {
  while (!outcome.out_of_sync) {
    const base::Bytes rest = stream.subspan(outcome.consumed_bytes);
    const auto frame = stun::next_frame(rest);
    outcome.out_of_sync = !frame;
    if (!frame || !*frame) return;
    const stun::Frame& whole = **frame;
    require(whole.bytes.data() == rest.data() && whole.bytes.size() <= whole.consumed_bytes);
    require(whole.consumed_bytes >= stun::kChannelDataHeaderBytes && whole.consumed_bytes <= rest.size());
    require(whole.consumed_bytes <= stun::kLargestFrameBytes && whole.consumed_bytes % 4 == 0);
    require_one_message(whole);
    outcome.frames.emplace_back(whole.bytes.begin(), whole.bytes.end());
    outcome.consumed_bytes += whole.consumed_bytes;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const size_t piece_bytes = size_t{1} + data[0];
  const base::Bytes stream(data + 1, size - 1);
  Outcome at_once;
  drain(stream, at_once);
  Outcome in_pieces;
  for (size_t known = 0; known < stream.size() && !in_pieces.out_of_sync;) {
    known = std::min(known + piece_bytes, stream.size());
    drain(stream.first(known), in_pieces);
  }
  require(in_pieces.frames == at_once.frames);
  require(in_pieces.consumed_bytes == at_once.consumed_bytes && in_pieces.out_of_sync == at_once.out_of_sync);
  return 0;
}
