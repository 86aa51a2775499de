#include "bench/generator/traffic.h"

#include <algorithm>
#include <numeric>
#include <random>

#include "bench/generator/stamp.h"
#include "net/system_clock.h"

namespace bench::generator {
namespace {

// Behind schedule it still reads now and then: its own sockets must not overflow.
constexpr int kBurstsBetweenReads = 16;
constexpr int kBatchesPerSocket = 4;
// Nothing more comes after a silence of this length.
constexpr std::chrono::milliseconds kSilence{500};

base::TimePoint now() { return net::read_clocks().steady; }

}  // namespace

Traffic::Traffic(std::vector<Flow>& flows, const std::vector<Receiver>& receivers, Poller& poller,
                 net::UdpReceiveBatch& receive, const Options& options)
    : flows_(flows),
      receivers_(receivers),
      poller_(poller),
      receive_(receive),
      options_(options),
      sender_(options.burst, options.payload_bytes),
      order_(flows.size()) {
  std::iota(order_.begin(), order_.end(), 0);
  std::ranges::shuffle(order_, std::mt19937_64(options.seed));
}

void Traffic::send_due(Schedule& schedule, base::TimePoint now) {
  int bursts = 0;
  for (; bursts < kBurstsBetweenReads && !schedule.is_over() && schedule.due() <= now; ++bursts) {
    const auto intended = schedule.due();
    const uint32_t index = order_[schedule.begun() % order_.size()];
    const auto refused = sender_.send(flows_[index], index, intended);
    result_.refused += refused;
    result_.sent += options_.burst - refused;
    result_.lag.record(now - intended);
    schedule.advance();
  }
}

void Traffic::count(uint32_t tag, base::Bytes datagram, base::TimePoint now) {
  const auto payload = receivers_[tag].from_relay ? payload_from_relay(datagram) : datagram;
  const auto stamp = read_stamp(payload);
  if (!stamp || stamp->flow >= flows_.size() || payload.size() != options_.payload_bytes) {
    ++result_.corrupt;
    return;
  }
  auto& flow = flows_[stamp->flow];
  result_.misdelivered += flow.receiver != tag;
  flow.tally.receive(stamp->sequence);
  result_.latency.record(now - stamp->intended);
}

void Traffic::read(uint32_t tag) {
  for (int i = 0; i < kBatchesPerSocket; ++i) {
    const auto batch = receive_.receive(*receivers_[tag].socket);
    const auto read_at = now();
    for (const auto& datagram : batch) count(tag, datagram.data, read_at);
    received_ += batch.size();
    if (batch.size() < receive_.capacity()) return;
  }
}

void Traffic::receive_ready() {
  for (const auto tag : poller_.wait(std::chrono::milliseconds(0))) read(tag);
}

void Traffic::drain() {
  auto silent_since = now();
  for (uint64_t before = received_; now() - silent_since < kSilence; before = received_) {
    for (const auto tag : poller_.wait(std::chrono::milliseconds(10))) read(tag);
    if (received_ != before) silent_since = now();
  }
}

TrafficResult Traffic::run() {
  const auto start = now();
  Schedule schedule(start, start + options_.duration,
                    static_cast<double>(options_.packets_per_second) / options_.burst);
  while (!schedule.is_over()) {
    send_due(schedule, now());
    receive_ready();
  }
  result_.duration = now() - start;
  drain();
  for (const auto& flow : flows_) {
    result_.delivered += flow.tally.delivered();
    result_.duplicates += flow.tally.duplicates();
    result_.reordered += flow.tally.reordered();
  }
  return result_;
}

}  // namespace bench::generator
