#include "net/udp_send_messages.h"

#include <netinet/udp.h>

namespace net {

UdpSendMessages::UdpSendMessages(size_t datagrams) : headers_(datagrams), contents_(datagrams) {
  pieces_.reserve(datagrams * UdpSendBatch::kMaxPieces);
}

void UdpSendMessages::clear() {
  count_ = 0;
  pieces_.clear();
}

bool UdpSendMessages::fits_last(const UdpSendSlot& slot) const {
  if (count_ == 0 || slot.payload_bytes == 0) return false;
  const auto& last = contents_[count_ - 1];
  const size_t segment = last.first->payload_bytes;
  return !last.closed && slot.payload_bytes <= segment && segment <= kLongestSegment &&
         last.datagrams < kMostSegments && last.payload_bytes + slot.payload_bytes <= kMostBytes &&
         last.first->goes_with(slot);
}

void UdpSendMessages::start(UdpSendSlot& slot, uint32_t number) {
  auto& header = headers_[count_].msg_hdr;
  header.msg_name = &slot.to.any;
  header.msg_namelen = slot.to.bytes;
  header.msg_iov = pieces_.data() + pieces_.size();
  header.msg_iovlen = slot.piece_count;
  header.msg_control = slot.control_bytes > 0 ? slot.control.data() : nullptr;
  header.msg_controllen = slot.control_bytes;
  pieces_.insert(pieces_.end(), slot.pieces.begin(), slot.pieces.begin() + slot.piece_count);
  contents_[count_++] = {&slot, number, 1, slot.payload_bytes, false};
}

void UdpSendMessages::join_last(const UdpSendSlot& slot) {
  auto& last = contents_[count_ - 1];
  auto& header = headers_[count_ - 1].msg_hdr;
  if (last.datagrams++ == 1) {
    const auto plain_bytes = last.first->control_bytes;
    last.first->append_control(SOL_UDP, UDP_SEGMENT, static_cast<uint16_t>(last.first->payload_bytes));
    header.msg_control = last.first->control.data();
    header.msg_controllen = last.first->control_bytes;
    last.first->control_bytes = plain_bytes;  // as it is when sent alone after all
  }
  pieces_.insert(pieces_.end(), slot.pieces.begin(), slot.pieces.begin() + slot.piece_count);
  header.msg_iovlen += slot.piece_count;
  last.payload_bytes += slot.payload_bytes;
  last.closed = slot.payload_bytes < last.first->payload_bytes;
}

void UdpSendMessages::append(UdpSendSlot& slot, uint32_t number, bool may_join) {
  if (may_join && fits_last(slot)) {
    join_last(slot);
  } else {
    start(slot, number);
  }
}

}  // namespace net
