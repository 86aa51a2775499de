// One direction of one client's media.
#pragma once

#include <cstdint>
#include <vector>

#include "base/address.h"
#include "base/bytes.h"
#include "bench/generator/flow_tally.h"
#include "net/socket_address.h"
#include "stun/wire.h"

namespace bench::generator {

struct Flow {
  int fd = -1;                  // of the sending socket
  net::SocketAddress to{};      // bytes == 0: the socket is connected
  std::vector<uint8_t> header;  // in front of every payload: ChannelData's or a Send indication's
  uint32_t receiver = 0;        // tag of the socket where its packets must come out
  uint64_t next_sequence = 0;
  FlowTally tally;
};

[[nodiscard]] std::vector<uint8_t> channel_data_header(size_t payload_bytes);
// The header of a Send indication to `peer`, up to and with that of its DATA attribute. `payload_bytes` is a
// multiple of four.
[[nodiscard]] std::vector<uint8_t> send_indication_header(const base::Endpoint& peer, size_t payload_bytes);
// What a client got from the relay: the payload of ChannelData on kChannel or of a Data indication. Empty:
// something else.
[[nodiscard]] base::Bytes payload_from_relay(base::Bytes datagram);

// Every client has one channel.
inline constexpr stun::ChannelNumber kChannel{stun::kMinChannelNumber};

}  // namespace bench::generator
