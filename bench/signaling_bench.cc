// What the hub costs without connections: a message by the number of peers, coming and going, an idle
// session.
#include <benchmark/benchmark.h>

#include <malloc.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "signaling/dialects/hub_json.h"
#include "signaling/hub.h"
#include "signaling/peer_table.h"
#include "signaling/sdp_fingerprint.h"
#include "tests/support/fake_clock.h"
#include "tests/support/fixed_random.h"

namespace {

constexpr size_t kOrders = 4096;  // random picks, drawn before the clock runs
constexpr size_t kPeersOfUser = 10;
constexpr size_t kBodyBytes = 800;

signaling::HubOptions without_rate_limits() {
  signaling::HubOptions options;
  options.rates = {.messages_per_second = 1'000'000'000,
                   .burst_messages = 1'000'000'000,
                   .bytes_per_second = 1'000'000'000'000,
                   .burst_bytes = 1'000'000'000'000};
  return options;
}

// What a session keeps to be repeated: nothing (PeerJS has no resume), the newest 256 KiB (clients that
// report nothing), what the client has not reported yet.
enum class Keeping { kNothing, kHistory, kUntilConfirmed };

// `peers` registered ones, ten to a user, all but the hub's share of memory taken.
struct Town {
  explicit Town(size_t peers) {
    for (size_t i = 1; i <= peers; ++i) {
      signaling::Peer peer{.id = signaling::PeerId{static_cast<int64_t>(i)},
                           .user = signaling::UserId{static_cast<int64_t>(1 + (i - 1) / kPeersOfUser)},
                           .name = "peer" + std::to_string(i),
                           .verified = true};
      const auto digits = std::to_string(i);
      peer.fingerprint = std::string(64 - digits.size(), '0') + digits;
      (void)table.put(std::move(peer));
    }
    for (size_t i = 0; i < kOrders; ++i) order.push_back(1 + random.below(peers));
  }
  void attach(size_t peer, Keeping keeping) {
    hub.attach(clock.steady(), connection_of(peer),
               {.who = signaling::PeerId{static_cast<int64_t>(peer)},
                .confirms = keeping == Keeping::kUntilConfirmed,
                .keeps_history = keeping != Keeping::kNothing});
    drain();
  }
  void attach_all(Keeping keeping) {
    for (size_t i = 1; i <= table.size(); ++i) attach(i, keeping);
  }
  // The peer's after it has come back `times`: its place stays its own.
  static signaling::ConnectionId connection_of(size_t peer, uint64_t times = 0) {
    return signaling::ConnectionId{times << 32 | peer};
  }
  void drain() {
    while (auto output = hub.poll_output()) benchmark::DoNotOptimize(output);
  }
  [[nodiscard]] std::string target_of(size_t peer) const {  // another peer of the same user, by fingerprint
    const auto first = (peer - 1) / kPeersOfUser * kPeersOfUser + 1;
    const auto other = first + (peer - first + 1) % kPeersOfUser;
    return table.find(signaling::PeerId{static_cast<int64_t>(other)})->fingerprint;
  }

  support::FakeClock clock;
  support::FixedRandom random{1};
  signaling::PeerTable table{{1, 2}};
  signaling::Hub hub{table, random, clock.steady(), without_rate_limits()};
  std::vector<size_t> order;
};

// One message with an id from a random peer: relayed, and its receipt. The body is made outside the hub's
// account but inside the clock, as a dialect has to.
void route_message(benchmark::State& state, Keeping keeping) {
  Town town(static_cast<size_t>(state.range(0)));
  town.attach_all(keeping);
  std::vector<std::string> targets;
  for (const auto peer : town.order) targets.push_back(town.target_of(peer));
  const std::string body(kBodyBytes, 'b');
  std::vector<uint64_t> ids(town.table.size() + 1);
  std::vector<uint64_t> seen(town.table.size() + 1);
  size_t at = 0;
  for (auto _ : state) {
    const size_t sender = town.order[at % kOrders];
    town.hub.send(town.clock.steady(), Town::connection_of(sender),
                  {.target = targets[at % kOrders],
                   .kind = signaling::MessageKind::kData,
                   .body = body,
                   .id = ++ids[sender]});
    while (auto output = town.hub.poll_output()) {
      const auto* relayed = std::get_if<signaling::Relayed>(&output->what);
      if (relayed && keeping == Keeping::kUntilConfirmed)
        town.hub.confirm(town.clock.steady(), output->connection, relayed->n);
    }
    if (++at % 1024 == 0) {
      town.clock.advance(std::chrono::milliseconds(10));
      town.hub.handle_timeout(town.clock.steady());
      town.drain();
    }
  }
  state.SetItemsProcessed(state.iterations());
}
void BM_RouteMessage(benchmark::State& state) { route_message(state, Keeping::kNothing); }
BENCHMARK(BM_RouteMessage)->Arg(200)->Arg(2000)->Arg(20000);
void BM_RouteMessageKeepingHistory(benchmark::State& state) { route_message(state, Keeping::kHistory); }
BENCHMARK(BM_RouteMessageKeepingHistory)->Arg(200)->Arg(2000);
void BM_RouteMessageConfirmed(benchmark::State& state) { route_message(state, Keeping::kUntilConfirmed); }
BENCHMARK(BM_RouteMessageConfirmed)->Arg(200)->Arg(2000)->Arg(20000);

// A peer leaves with a farewell and comes back to a fresh session; nine others are told both times.
void BM_DetachAndAttach(benchmark::State& state) {
  Town town(static_cast<size_t>(state.range(0)));
  town.attach_all(Keeping::kHistory);
  size_t at = 0;
  for (auto _ : state) {
    const size_t peer = town.order[at++ % kOrders];
    town.hub.detach(town.clock.steady(), Town::connection_of(peer), signaling::Ending::kClean);
    town.attach(peer, Keeping::kHistory);
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(BM_DetachAndAttach)->Arg(200)->Arg(2000)->Arg(20000);

// The connection breaks and the session is resumed.
void BM_DetachAndResume(benchmark::State& state) {
  Town town(static_cast<size_t>(state.range(0)));
  town.attach_all(Keeping::kHistory);
  std::vector<std::string> sessions(town.table.size() + 1);
  for (size_t peer = 1; peer <= town.table.size(); ++peer) {
    town.hub.attach(town.clock.steady(), Town::connection_of(peer, 1),
                    {.who = signaling::PeerId{static_cast<int64_t>(peer)}});
    while (auto output = town.hub.poll_output()) {
      if (const auto* welcome = std::get_if<signaling::Welcome>(&output->what))
        sessions[peer] = welcome->session;
    }
  }
  size_t at = 0;
  uint64_t resumed = 0;
  std::vector<uint64_t> times(town.table.size() + 1, 1);
  for (auto _ : state) {
    const size_t peer = town.order[at++ % kOrders];
    town.hub.detach(town.clock.steady(), Town::connection_of(peer, times[peer]), signaling::Ending::kBroken);
    town.hub.attach(town.clock.steady(), Town::connection_of(peer, ++times[peer]),
                    {.who = signaling::PeerId{static_cast<int64_t>(peer)},
                     .resume = signaling::Resume{sessions[peer], 0}});
    while (auto output = town.hub.poll_output()) {
      if (const auto* welcome = std::get_if<signaling::Welcome>(&output->what)) resumed += welcome->resumed;
    }
  }
  state.SetItemsProcessed(state.iterations());
  state.counters["resumed"] =
      benchmark::Counter(static_cast<double>(resumed), benchmark::Counter::kAvgIterations);
}
BENCHMARK(BM_DetachAndResume)->Arg(200)->Arg(20000);

// Heap of the hub alone per connected peer, after all have heard of each other and their history was
// forgotten.
void BM_IdleSessionMemory(benchmark::State& state) {
  for (auto _ : state) {
    Town town(static_cast<size_t>(state.range(0)));
    const auto before = mallinfo2().uordblks;
    town.attach_all(Keeping::kHistory);
    const auto greeted = mallinfo2().uordblks;
    town.clock.advance(std::chrono::minutes(2));
    town.hub.handle_timeout(town.clock.steady());
    const auto idle = mallinfo2().uordblks;
    const auto peers = static_cast<double>(state.range(0));
    state.counters["bytes_per_idle_session"] = static_cast<double>(idle - before) / peers;
    state.counters["bytes_just_greeted"] = static_cast<double>(greeted - before) / peers;
  }
}
BENCHMARK(BM_IdleSessionMemory)->Arg(20000)->Iterations(1);

// The check that every offer and answer with a bound fingerprint pays, over a browser's 6 KB of SDP.
void BM_MatchSdpFingerprints(benchmark::State& state) {
  const std::string fingerprint(64, 'A');
  std::string sdp = "v=0\r\na=fingerprint:sha-256 " + fingerprint + "\r\n";
  while (sdp.size() < 6000)
    sdp += "a=rtpmap:96 VP8/90000\r\na=candidate:1 1 udp 2113937151 192.0.2.1 50000 typ host\r\n";
  for (auto _ : state) benchmark::DoNotOptimize(signaling::match_sdp_fingerprints(sdp, fingerprint));
}
BENCHMARK(BM_MatchSdpFingerprints);

// What a message costs as JSON. A string without escapes, as a candidate; and SDP, with one to each 60
// octets.
std::string message_with(int64_t bytes, bool is_sdp) {
  std::string body;
  while (body.size() < static_cast<size_t>(bytes)) body += std::string(60, 'x') + (is_sdp ? R"(\r\n)" : "");
  return is_sdp ? R"({"target":"right","offer":{"type":"offer","sdp":")" + body + R"("}})"
                : R"({"target":"right","data":")" + body + R"("})";
}

void BM_ReadHubJson(benchmark::State& state) {
  const auto text = message_with(state.range(0), state.range(1) != 0);
  signaling::dialects::HubJsonReader reader;
  for (auto _ : state) benchmark::DoNotOptimize(reader.read(text));
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(BM_ReadHubJson)->ArgNames({"bytes", "sdp"})->Args({800, 0})->Args({6000, 1});

void BM_WriteRelayedJson(benchmark::State& state) {
  auto message = std::make_shared<signaling::Message>();
  message->source = std::make_shared<const signaling::Peer>(
      signaling::Peer{.name = "left", .fingerprint = std::string(64, 'A')});
  message->body = std::string(static_cast<size_t>(state.range(0)), 'x');
  const signaling::Relayed relayed{.n = 12345, .seq = 678, .message = message};
  std::string text;
  for (auto _ : state) signaling::dialects::write_relayed_json(text, relayed);
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(BM_WriteRelayedJson)->Arg(800)->Arg(6000);

}  // namespace
