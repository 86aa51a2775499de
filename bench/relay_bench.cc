// What the TURN server costs without system calls: each packet, each request, each lookup. Access is random
// over the working set; heap_per_packet must be 0 on the packet path.
#include <benchmark/benchmark.h>

#include <atomic>
#include <cstdlib>
#include <memory>
#include <new>

#include "relay/authenticate.h"
#include "tests/support/hex.h"
#include "tests/support/turn_client.h"

namespace {
std::atomic<uint64_t> heap_allocations{0};
}  // namespace

void* operator new(size_t bytes) {
  heap_allocations.fetch_add(1, std::memory_order_relaxed);
  if (void* memory = std::malloc(bytes)) return memory;
  throw std::bad_alloc();
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, size_t) noexcept { std::free(memory); }

namespace {

using support::at;

constexpr size_t kOrders = 4096;  // random picks, drawn before the clock runs
constexpr uint16_t kChannel = 0x4000;

class AnyPorts : public relay::RelayPorts {  // as many as anybody wants
 public:
  std::expected<relay::OpenedPort, relay::PortError> open(const relay::PortRequest&,
                                                          relay::AllocationId) override {
    const auto number = ++opened_;
    const base::Endpoint relayed{base::IpAddress::v4(0x63000000 + (number >> 15)),
                                 static_cast<uint16_t>(1 + (number & 0x7fff))};
    return relay::OpenedPort{relayed, relayed, number, std::nullopt};
  }
  void close(const relay::OpenedPort&, const relay::SharedPlace&) override {}
  void expire() override {}
  bool is_relay(const base::Endpoint&) const override { return true; }
  bool could_be_relay(uint16_t) const override { return true; }
  relay::SharedPlace place_of(const relay::ReservationToken&) const override { return nullptr; }
  bool serves(base::Family) const override { return true; }

 private:
  uint32_t opened_ = 0;
};

// `allocations` clients, each with a channel and a permission to a peer of its own.
struct Hall {
  explicit Hall(size_t allocations, relay::Transport transport = relay::Transport::kUdp) {
    for (size_t i = 0; i < allocations; ++i) admit(i, transport);
    for (size_t i = 0; i < kOrders; ++i) order.push_back(random.below(allocations));
  }
  static base::Endpoint peer_of(size_t i) {
    return {base::IpAddress::v4(0x0b000000 + static_cast<uint32_t>(i)),
            static_cast<uint16_t>(7000 + i % 1000)};
  }
  stun::Class ask(const relay::ClientPath& path, const support::TurnMessage& message) {
    const auto packet = message.bytes();
    return stun::Message::parse(server.handle_client(clock.now(), path, packet, scratch).header)
        ->message_class();
  }
  void admit(size_t i, relay::Transport transport) {
    const base::Endpoint from{base::IpAddress::v4(0x0c000000 + static_cast<uint32_t>(i / 60)),
                              static_cast<uint16_t>(2000 + i % 60)};
    paths.push_back({{from, at("198.51.100.254:3478"), transport}, 0});
    login.nonce = nonce_for(from.ip);
    support::TurnMessage allocate(stun::Method::kAllocate), bind(stun::Method::kChannelBind);
    if (ask(paths[i], allocate.transport().lifetime(3600).sign(login)) != stun::Class::kSuccess) std::abort();
    if (ask(paths[i], bind.channel(kChannel).peer(peer_of(i)).sign(login)) != stun::Class::kSuccess)
      std::abort();
  }
  std::string nonce_for(const base::IpAddress& client) {
    const auto nonce = nonces.make(clock.wall(), client, {true, false}, 1);
    return {nonce.data(), nonce.size()};
  }
  std::vector<relay::Allocation*> allocations() {
    std::vector<relay::Allocation*> all;
    for (const auto& session : server.sessions(clock.steady())) all.push_back(server.find(session.id));
    return all;
  }

  support::FakeClock clock;
  support::FixedRandom random{1};
  support::FakeCredentials credentials;
  AnyPorts ports;
  relay::QuotaLedger quotas{{0, 0, 0}};
  relay::Counters counters;
  stun::NonceKey nonces{{1, 2}, std::chrono::hours(1)};
  relay::PeerPolicy policy{{}};
  relay::Server server{clock.steady(), {}, policy, credentials, ports, quotas, random, nonces, counters};
  support::Login login = [this] {
    credentials.add("alice", "secret");
    return support::Login{"alice", "secret"};
  }();
  std::vector<relay::ClientPath> paths;
  std::vector<size_t> order;
  std::vector<uint8_t> scratch = std::vector<uint8_t>(relay::kReplySpaceBytes);
};

// Runs `step(i)` for random i, and counts what it takes from the heap.
template <typename Step>
void run(benchmark::State& state, const std::vector<size_t>& order, relay::Step::Kind expected, Step&& step) {
  size_t at = 0;
  const auto heap_before = heap_allocations.load();
  for (auto _ : state) {
    const relay::Step result = step(order[at++ % kOrders]);
    if (result.kind != expected) return state.SkipWithError("the packet was not relayed");
    benchmark::DoNotOptimize(result);
  }
  const auto heap = static_cast<double>(heap_allocations.load() - heap_before);
  state.counters["heap_per_packet"] = heap / static_cast<double>(state.iterations());
  state.SetItemsProcessed(state.iterations());
}

void BM_ChannelDataToPeer(benchmark::State& state) {
  Hall hall(state.range(0));
  const auto packet = support::channel_data(kChannel, std::vector<uint8_t>(160));
  run(state, hall.order, relay::Step::Kind::kToPeer, [&](size_t i) {
    return hall.server.handle_client(hall.clock.now(), hall.paths[i], packet, hall.scratch);
  });
}
BENCHMARK(BM_ChannelDataToPeer)->Arg(1)->Arg(100)->Arg(10000);

void BM_PeerToChannelData(benchmark::State& state) {
  Hall hall(state.range(0));
  const auto all = hall.allocations();
  const std::vector<uint8_t> payload(160);
  std::vector<base::Endpoint> peers;
  for (const auto* allocation : all) peers.push_back(allocation->peers.channels()[0].peer);
  run(state, hall.order, relay::Step::Kind::kToClient, [&](size_t i) {
    return hall.server.handle_peer(hall.clock.steady(), *all[i], peers[i], payload, hall.scratch);
  });
}
BENCHMARK(BM_PeerToChannelData)->Arg(1)->Arg(100)->Arg(10000);

void BM_SendIndicationToPeer(benchmark::State& state) {  // all that Firefox ever sends
  Hall hall(state.range(0));
  std::vector<std::vector<uint8_t>> packets;
  for (size_t i = 0; i < hall.paths.size(); ++i) {
    packets.push_back(support::send_indication(Hall::peer_of(i), std::vector<uint8_t>(160)));
  }
  run(state, hall.order, relay::Step::Kind::kToPeer, [&](size_t i) {
    return hall.server.handle_client(hall.clock.now(), hall.paths[i], packets[i], hall.scratch);
  });
}
BENCHMARK(BM_SendIndicationToPeer)->Arg(1)->Arg(100)->Arg(10000);

void BM_PeerToDataIndication(benchmark::State& state) {
  Hall hall(state.range(0));
  const auto all = hall.allocations();
  const std::vector<uint8_t> payload(160);
  std::vector<base::Endpoint> peers;
  for (const auto* allocation : all) peers.push_back({allocation->peers.channels()[0].peer.ip, 1});
  run(state, hall.order, relay::Step::Kind::kToClient, [&](size_t i) {
    return hall.server.handle_peer(hall.clock.steady(), *all[i], peers[i], payload, hall.scratch);
  });
}
BENCHMARK(BM_PeerToDataIndication)->Arg(1)->Arg(100)->Arg(10000);

// A whole allocation's life, three signed requests: the user part of what U8 measures.
void BM_AllocateBindRefreshZero(benchmark::State& state) {
  Hall hall(1);
  const relay::ClientPath path{{at("12.9.9.9:5000"), at("198.51.100.254:3478")}, 0};
  hall.login.nonce = hall.nonce_for(path.tuple.client.ip);
  support::TurnMessage allocate(stun::Method::kAllocate), bind(stun::Method::kChannelBind),
      end(stun::Method::kRefresh);
  const std::vector<std::vector<uint8_t>> packets{
      allocate.transport().sign(hall.login).bytes(),
      bind.channel(kChannel).peer(Hall::peer_of(5)).sign(hall.login).bytes(),
      end.lifetime(0).sign(hall.login).bytes()};
  for (auto _ : state) {
    for (const auto& packet : packets) {
      benchmark::DoNotOptimize(hall.server.handle_client(hall.clock.now(), path, packet, hall.scratch));
    }
  }
  if (hall.counters.allocations_created.value() < static_cast<uint64_t>(state.iterations()))
    state.SkipWithError("not allocated");
}
BENCHMARK(BM_AllocateBindRefreshZero);

// One signed request that changes little: parsing, HMAC both ways, nonce, answer.
void BM_AuthenticatedRefresh(benchmark::State& state) {
  Hall hall(1);
  support::TurnMessage refresh(stun::Method::kRefresh);
  const auto packet = (state.range(0) ? refresh.sign_sha256(hall.login) : refresh.sign(hall.login)).bytes();
  run(state, hall.order, relay::Step::Kind::kReply, [&](size_t) {
    return hall.server.handle_client(hall.clock.now(), hall.paths[0], packet, hall.scratch);
  });
}
BENCHMARK(BM_AuthenticatedRefresh)->ArgName("sha256")->Arg(0)->Arg(1);

void BM_IsPermitted(benchmark::State& state) {
  relay::PeerTable peers;
  const base::TimePoint now{std::chrono::hours(1)};
  const auto count = static_cast<size_t>(state.range(0));
  for (size_t i = 0; i < count; ++i) peers.permit(now, Hall::peer_of(i).ip, count);
  support::FixedRandom random(1);
  std::vector<base::IpAddress> asked;
  for (size_t i = 0; i < kOrders; ++i) asked.push_back(Hall::peer_of(random.below(count)).ip);
  size_t at = 0;
  for (auto _ : state) benchmark::DoNotOptimize(peers.is_permitted(now, asked[at++ % kOrders]));
}
BENCHMARK(BM_IsPermitted)->Arg(1)->Arg(16)->Arg(256);

void BM_FindByTuple(benchmark::State& state) {
  Hall hall(state.range(0));
  size_t at = 0;
  for (auto _ : state)
    benchmark::DoNotOptimize(hall.server.has_allocation(hall.paths[hall.order[at++ % kOrders]].tuple));
}
BENCHMARK(BM_FindByTuple)->Arg(1)->Arg(100)->Arg(10000);

}  // namespace
