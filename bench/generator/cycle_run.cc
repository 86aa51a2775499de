#include "bench/generator/cycle_run.h"

#include "bench/generator/conversations.h"
#include "bench/generator/fleet.h"
#include "bench/generator/flow.h"
#include "bench/generator/network_namespace.h"
#include "bench/generator/schedule.h"
#include "net/system_clock.h"
#include "net/system_random.h"

namespace bench::generator {
namespace {

constexpr size_t kSlots = 256;  // cycles under way at most
constexpr uint16_t kFirstPort = 1024;
constexpr uint16_t kLastPort = 65'535;
constexpr int kPortTries = 100;  // others may have some
// It spins, as with media: were it asleep, the server would pay for waking it, which no client far away asks
// for.
constexpr std::chrono::milliseconds kWithoutWaiting{0};

class Cycles {
 public:
  Cycles(const Site& site, const CycleOptions& options) : site_(site), options_(options), stages_(kSlots) {
    clients_.resize(kSlots);
    for (uint32_t slot = 0; slot < kSlots; ++slot) free_slots_.push_back(slot);
  }

  std::expected<CycleResult, std::string> run(std::chrono::milliseconds duration);

 private:
  enum class Stage : uint8_t { kAllocate, kBind, kRelease };
  struct Slot {
    Stage stage = Stage::kAllocate;
    base::TimePoint due;
  };

  [[nodiscard]] std::expected<void, std::string> begin_due(Schedule& schedule);
  [[nodiscard]] std::expected<TestSocket, std::string> open_socket();
  void on_settled(uint32_t slot);
  void finish(uint32_t slot);

  const Site& site_;
  const CycleOptions& options_;
  net::SystemRandom random_;
  Poller poller_;
  net::UdpReceiveBatch receive_;
  Clients clients_;
  Conversations conversations_{clients_, poller_, receive_};
  std::vector<Slot> stages_;
  std::vector<uint32_t> free_slots_;
  uint16_t next_port_ = kFirstPort;
  bool counted_as_postponed_ = false;  // the cycle that is due next
  CycleResult result_;
};

// Ports in turn: coturn refuses a client's address for some time after its allocation has gone (437).
std::expected<TestSocket, std::string> Cycles::open_socket() {
  for (int i = 1;; ++i) {
    next_port_ = next_port_ == kLastPort ? kFirstPort : static_cast<uint16_t>(next_port_ + 1);
    auto socket = open_connected(site_.server, next_port_);
    if (socket || i == kPortTries) return socket;
  }
}

std::expected<void, std::string> Cycles::begin_due(Schedule& schedule) {
  while (!schedule.is_over() && schedule.due() <= net::read_clocks().steady) {
    if (free_slots_.empty()) {
      result_.postponed += !std::exchange(counted_as_postponed_, true);
      return {};
    }
    const uint32_t slot = free_slots_.back();
    auto socket = open_socket();
    if (!socket) return std::unexpected(socket.error());
    free_slots_.pop_back();
    clients_[slot] = std::make_unique<Client>(std::move(*socket), site_.login, random_);
    poller_.add(clients_[slot]->socket.fd(), slot);
    stages_[slot] = {Stage::kAllocate, schedule.due()};
    clients_[slot]->turn.start_allocate();
    conversations_.begin(slot);
    ++result_.begun;
    counted_as_postponed_ = false;
    schedule.advance();
  }
  return {};
}

void Cycles::on_settled(uint32_t slot) {
  auto& turn = clients_[slot]->turn;
  auto& stage = stages_[slot].stage;
  if (turn.failed() || stage == Stage::kRelease) return finish(slot);
  if (stage == Stage::kAllocate) {
    stage = Stage::kBind;
    turn.start_channel_bind(kChannel, options_.peer);
  } else {
    stage = Stage::kRelease;
    turn.start_release();
  }
  conversations_.begin(slot);
}

void Cycles::finish(uint32_t slot) {
  const auto& turn = clients_[slot]->turn;
  if (turn.failed()) {
    if (result_.failed++ == 0) result_.first_error = turn.error();
  } else {
    ++result_.completed;
    result_.latency.record(net::read_clocks().steady - stages_[slot].due);
  }
  clients_[slot].reset();
  free_slots_.push_back(slot);
}

std::expected<CycleResult, std::string> Cycles::run(std::chrono::milliseconds duration) {
  result_ = {};
  const Watch watch(site_.watched);
  const auto start = net::read_clocks().steady;
  Schedule schedule(start, start + duration, options_.cycles_per_second);
  while (!schedule.is_over() || conversations_.under_way() > 0) {
    if (auto begun = begin_due(schedule); !begun) return std::unexpected(begun.error());
    conversations_.advance(kWithoutWaiting, [this](uint32_t slot) { on_settled(slot); });
  }
  result_.duration = net::read_clocks().steady - start;
  result_.server = watch.finish();
  return result_;
}

}  // namespace

std::expected<CycleResult, std::string> run_cycles(const Site& site, const CycleOptions& options) {
  if (options.cycles_per_second < 1) return std::unexpected("rate: at least one cycle a second");
  const auto there = InNamespace::enter(site.client_namespace);
  if (!there) return std::unexpected(there.error().text);
  Cycles cycles(site, options);
  if (options.warm_up.count() > 0) {
    if (auto warm = cycles.run(options.warm_up); !warm) return warm;
  }
  return cycles.run(options.duration);
}

}  // namespace bench::generator
