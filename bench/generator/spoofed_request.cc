#include "bench/generator/spoofed_request.h"

#include <algorithm>

#include "stun/message_writer.h"

namespace bench::generator {
namespace {

constexpr uint8_t kVersionAndHeaderWords = 0x45;
constexpr uint8_t kHops = 64;
constexpr uint16_t kFirstPort = 1024;

}  // namespace

SpoofedRequests::SpoofedRequests(const base::IpPrefix& sources, const base::Endpoint& server)
    : sources_(sources), server_(server) {}

// An odd factor permutes the numbers below a power of two.
base::Endpoint SpoofedRequests::source(uint64_t number) const {
  const uint64_t mask = (uint64_t{1} << (32 - sources_.bits)) - 1;
  const uint64_t host = (number * 2654435761U) & mask;
  const auto port = static_cast<uint16_t>(kFirstPort + (number * 40503U) % (65536U - kFirstPort));
  return {base::IpAddress::v4(static_cast<uint32_t>(sources_.first.lo | host)), port};
}

size_t SpoofedRequests::write_request(uint64_t number) {
  using enum stun::AttributeType;
  stun::TransactionId transaction{};
  base::store_be64(transaction.data(), number);
  const auto method =
      kind(number) == SpoofedKind::kBinding ? stun::Method::kBinding : stun::Method::kAllocate;
  stun::MessageWriter writer(base::MutableBytes(buffer_).subspan(kHeaderBytes), method, stun::Class::kRequest,
                             transaction.data());
  if (method == stun::Method::kAllocate) writer.requested_transport(stun::kProtocolUdp);
  if (kind(number) == SpoofedKind::kAllocateWithLies) {
    const auto user = "stranger" + std::to_string(number);
    writer.text(kUsername, user);
    writer.text(kRealm, "realm of the flood");
    writer.text(kNonce, "obMatJos2gAAAnonce" + std::to_string(number));
    writer.message_integrity(base::as_bytes(user));
  }
  return writer.finish().size();
}

// The kernel fills in the IP checksum and identification (raw(7)); a UDP checksum of zero means none.
base::Bytes SpoofedRequests::datagram(uint64_t number) {
  const auto from = source(number);
  const size_t total = kHeaderBytes + write_request(number);
  uint8_t* const ip = buffer_.data();
  std::fill_n(ip, kHeaderBytes, uint8_t{0});
  ip[0] = kVersionAndHeaderWords;
  base::store_be16(ip + 2, static_cast<uint16_t>(total));
  ip[8] = kHops;
  ip[9] = stun::kProtocolUdp;
  base::store_be32(ip + 12, static_cast<uint32_t>(from.ip.lo));
  base::store_be32(ip + 16, static_cast<uint32_t>(server_.ip.lo));
  uint8_t* const udp = ip + 20;
  base::store_be16(udp, from.port);
  base::store_be16(udp + 2, server_.port);
  base::store_be16(udp + 4, static_cast<uint16_t>(total - 20));
  return base::Bytes(buffer_).first(total);
}

}  // namespace bench::generator
