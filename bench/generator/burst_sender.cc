#include "bench/generator/burst_sender.h"

#include <algorithm>

#include "bench/generator/stamp.h"

namespace bench::generator {

BurstSender::BurstSender(uint32_t burst, size_t payload_bytes)
    : payloads_(burst, std::vector<uint8_t>(payload_bytes)), pieces_(burst), messages_(burst) {
  for (size_t i = 0; i < burst; ++i) {
    fill_payload(payloads_[i]);
    pieces_[i][1] = {payloads_[i].data(), payload_bytes};
    messages_[i].msg_hdr.msg_iov = pieces_[i].data();
    messages_[i].msg_hdr.msg_iovlen = pieces_[i].size();
  }
}

uint32_t BurstSender::send(Flow& flow, uint32_t index, base::TimePoint intended) {
  for (size_t i = 0; i < messages_.size(); ++i) {
    write_stamp(payloads_[i], {index, flow.next_sequence++, intended});
    pieces_[i][0] = {flow.header.data(), flow.header.size()};
    messages_[i].msg_hdr.msg_name = flow.to.bytes > 0 ? &flow.to.any : nullptr;
    messages_[i].msg_hdr.msg_namelen = flow.to.bytes;
  }
  // An error may be an earlier datagram's ICMP answer, which the kernel forgets once it has told it.
  size_t sent = 0;
  for (int tries = 0; tries < 2 && sent < messages_.size(); ++tries) {
    const int took =
        sendmmsg(flow.fd, &messages_[sent], static_cast<unsigned>(messages_.size() - sent), MSG_DONTWAIT);
    sent += static_cast<size_t>(std::max(took, 0));
  }
  return static_cast<uint32_t>(messages_.size() - sent);
}

}  // namespace bench::generator
