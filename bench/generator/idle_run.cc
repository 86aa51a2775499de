#include "bench/generator/idle_run.h"

#include <deque>
#include <thread>

#include "bench/generator/conversations.h"
#include "bench/generator/fleet.h"
#include "bench/generator/network_namespace.h"
#include "net/system_random.h"

namespace bench::generator {
namespace {

// Clients with an allocation each, kept until the end.
class Idlers {
 public:
  explicit Idlers(const Site& site) : site_(site) {}

  std::expected<void, std::string> allocate(size_t count) {
    Clients& clients = batches_.emplace_back();
    Poller& poller = pollers_.emplace_back();
    for (uint32_t i = 0; i < count; ++i) {
      auto client = open_client(site_, site_.server, i, poller, random_);
      if (!client) return std::unexpected(client.error());
      clients.push_back(std::move(*client));
    }
    Conversations conversations(clients, poller, receive_);
    return ask_all(conversations, clients, kSetUpWindow,
                   [](uint32_t, TurnClient& client) { client.start_allocate(); });
  }

 private:
  const Site& site_;
  net::SystemRandom random_;
  net::UdpReceiveBatch receive_;
  std::deque<Clients> batches_;
  std::deque<Poller> pollers_;
};

}  // namespace

std::expected<IdleResult, std::string> run_idle(const Site& site, const IdleOptions& options) {
  const auto there = InNamespace::enter(site.client_namespace);
  if (!there) return std::unexpected(there.error().text);
  Idlers idlers(site);
  if (auto first = idlers.allocate(1); !first) return std::unexpected(first.error());
  const Watch watch(site.watched);
  if (auto all = idlers.allocate(options.allocations); !all) return std::unexpected(all.error());
  std::this_thread::sleep_for(options.hold);
  return IdleResult{options.allocations, watch.finish()};
}

}  // namespace bench::generator
