// Media on schedule over any number of flows, and what became of it.
#pragma once

#include <vector>

#include "base/time.h"
#include "bench/generator/burst_sender.h"
#include "bench/generator/flow.h"
#include "bench/generator/histogram.h"
#include "bench/generator/poller.h"
#include "bench/generator/schedule.h"
#include "net/udp_receive_batch.h"
#include "net/udp_socket.h"

namespace bench::generator {

struct TrafficResult {
  std::chrono::nanoseconds duration{};  // first to last send
  uint64_t sent = 0;
  uint64_t refused = 0;  // by this host's kernel: not sent
  uint64_t delivered = 0;
  uint64_t duplicates = 0;
  uint64_t reordered = 0;
  uint64_t misdelivered = 0;  // came out at a socket where its flow does not end
  uint64_t corrupt = 0;       // not what was sent
  Histogram latency;          // intended sending to reading
  Histogram lag;  // intended to real sending: above the distance of bursts the generator is too slow
};

// A socket that hears packets; the tag at the poller is its index.
struct Receiver {
  const net::UdpSocket* socket = nullptr;
  bool from_relay = false;  // its payloads come as ChannelData or Data indications
};

class Traffic {
 public:
  struct Options {
    uint32_t packets_per_second = 1000;
    uint32_t burst = 1;
    size_t payload_bytes = 160;
    std::chrono::milliseconds duration{5000};
    uint64_t seed = 1;
  };
  // All outlive it.
  Traffic(std::vector<Flow>& flows, const std::vector<Receiver>& receivers, Poller& poller,
          net::UdpReceiveBatch& receive, const Options& options);

  // Sends everything, waits for what is still on its way. Spins: the core is its own.
  TrafficResult run();

 private:
  void send_due(Schedule& schedule, base::TimePoint now);
  void receive_ready();
  void read(uint32_t tag);
  void count(uint32_t tag, base::Bytes datagram, base::TimePoint now);
  void drain();

  std::vector<Flow>& flows_;
  const std::vector<Receiver>& receivers_;
  Poller& poller_;
  net::UdpReceiveBatch& receive_;
  Options options_;
  BurstSender sender_;
  std::vector<uint32_t> order_;  // of flows, shuffled: neighbours in memory are not neighbours in time
  uint64_t received_ = 0;        // datagrams of any kind
  TrafficResult result_;
};

}  // namespace bench::generator
