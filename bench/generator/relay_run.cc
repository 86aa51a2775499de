#include "bench/generator/relay_run.h"

#include <thread>

#include "bench/generator/conversations.h"
#include "bench/generator/fleet.h"
#include "net/system_random.h"

namespace bench::generator {
namespace {

// The server and the kernel finish with the set-up before anybody looks at the clock.
constexpr std::chrono::milliseconds kSettle{200};

// Turns a fleet into flows, and sends along them.
class Stage {
 public:
  Stage(Fleet& fleet, const RelayOptions& options) : fleet_(fleet), options_(options) {}

  [[nodiscard]] std::vector<Receiver> receivers() const;
  TrafficResult run(const std::vector<Receiver>& receivers, std::chrono::milliseconds duration) const;

 private:
  [[nodiscard]] std::vector<Flow> flows() const;
  [[nodiscard]] Flow to_peer(size_t client) const;
  [[nodiscard]] Flow from_peer(size_t client) const;
  [[nodiscard]] bool has(Direction direction) const {
    return (static_cast<int>(options_.direction) & static_cast<int>(direction)) != 0;
  }

  Fleet& fleet_;
  const RelayOptions& options_;
};

Flow Stage::to_peer(size_t client) const {
  const auto peer = fleet_.peer_of(client);
  Flow flow{.fd = fleet_.clients[client]->socket.fd(), .receiver = peer.tag};
  if (options_.path == Path::kDirect) return flow;
  flow.header = options_.indications ? send_indication_header(peer.endpoint, options_.payload_bytes)
                                     : channel_data_header(options_.payload_bytes);
  return flow;
}

Flow Stage::from_peer(size_t client) const {
  const auto& to = *fleet_.clients[client];
  const auto& peer = fleet_.peers[fleet_.peer_of(client).tag - fleet_.clients.size()];
  Flow flow{.fd = peer.socket.fd(), .receiver = static_cast<uint32_t>(client)};
  const auto& target = options_.path == Path::kDirect ? to.local : to.turn.relayed();
  net::to_socket_address(target, target.ip.family, flow.to);
  return flow;
}

std::vector<Flow> Stage::flows() const {
  std::vector<Flow> all;
  for (size_t client = 0; client < fleet_.clients.size(); ++client) {
    // In a pair the odd one's way out is the even one's way in.
    const bool is_answer = options_.path == Path::kPaired && client % 2 == 1;
    if (has(is_answer ? Direction::kFromPeer : Direction::kToPeer)) all.push_back(to_peer(client));
    if (options_.path != Path::kPaired && has(Direction::kFromPeer)) all.push_back(from_peer(client));
  }
  return all;
}

TrafficResult Stage::run(const std::vector<Receiver>& receivers, std::chrono::milliseconds duration) const {
  auto along = flows();
  return Traffic(
             along, receivers, fleet_.poller, fleet_.receive,
             {options_.packets_per_second, options_.burst, options_.payload_bytes, duration, options_.seed})
      .run();
}

std::vector<Receiver> Stage::receivers() const {
  std::vector<Receiver> all;
  for (const auto& client : fleet_.clients) all.push_back({&client->socket, options_.path != Path::kDirect});
  for (const auto& peer : fleet_.peers) all.push_back({&peer.socket, false});
  return all;
}

}  // namespace

std::expected<RelayResult, std::string> run_relay(const Site& site, const RelayOptions& options) {
  if (auto problem = options.problem(); !problem.empty()) return std::unexpected(std::move(problem));
  net::SystemRandom random;
  Fleet fleet(site, options, random);
  if (auto ready = fleet.set_up(); !ready) return std::unexpected(ready.error());
  const Stage stage{fleet, options};
  const auto receivers = stage.receivers();
  if (options.warm_up.count() > 0) stage.run(receivers, options.warm_up);
  std::this_thread::sleep_for(kSettle);
  const Watch watch(site.watched);
  auto result = stage.run(receivers, options.duration);
  const auto server = watch.finish();
  fleet.release();
  return RelayResult{std::move(result), server};
}

}  // namespace bench::generator
