// What the sockets cost per datagram: the same datagrams through batches of different sizes, over loopback.
#include <benchmark/benchmark.h>

#include <vector>

#include "net/event_loop.h"
#include "net/packet_ring.h"
#include "net/udp_receive_batch.h"
#include "net/udp_send_batch.h"
#include "net/udp_socket.h"

namespace {

constexpr size_t kVoicePacketBytes = 172;
constexpr size_t kVideoPacketBytes = 1200;
constexpr int kBufferBytes = 8 << 20;

net::UdpSocket open_socket(bool packet_info = false) {
  const net::UdpOptions options{
      .receive_buffer_bytes = kBufferBytes, .send_buffer_bytes = kBufferBytes, .packet_info = packet_info};
  return *net::UdpSocket::open(*base::Endpoint::parse("127.0.0.1:0"), options);
}

// One send and one receive per datagram, as a relay pays them: range(0) datagrams a call of range(1) octets.
void BM_SendAndReceive(benchmark::State& state) {
  const auto batch_size = static_cast<size_t>(state.range(0));
  const auto from = open_socket();
  const auto to = open_socket();
  const std::vector<uint8_t> payload(static_cast<size_t>(state.range(1)));
  net::UdpSendBatch sends(batch_size);
  net::UdpReceiveBatch receives({.datagrams = batch_size, .payload_bytes = 2048});
  for (auto _ : state) {
    for (size_t i = 0; i < batch_size; ++i) sends.add(from, to.local(), payload);  // the last one flushes
    benchmark::DoNotOptimize(receives.receive(to).data());
  }
  state.SetItemsProcessed(static_cast<int64_t>(receives.counters().datagrams.value()));
}
BENCHMARK(BM_SendAndReceive)->ArgsProduct({{1, 8, 32, 64}, {kVoicePacketBytes, kVideoPacketBytes}});

// The listener's replies to many clients leave from the address that was asked: the price of that control
// message.
void BM_SendFromGivenAddress(benchmark::State& state) {
  constexpr size_t kBatch = 64;
  const auto from = open_socket(true);
  const auto to = open_socket(true);
  const std::vector<uint8_t> payload(kVideoPacketBytes);
  const net::SendOptions options{.from = state.range(0) != 0 ? from.local().ip : base::IpAddress{}};
  net::UdpSendBatch sends(kBatch);
  net::UdpReceiveBatch receives;
  for (auto _ : state) {
    for (size_t i = 0; i < kBatch; ++i) sends.add(from, to.local(), payload, options);
    benchmark::DoNotOptimize(receives.receive(to).data());
  }
  state.SetItemsProcessed(static_cast<int64_t>(receives.counters().datagrams.value()));
}
BENCHMARK(BM_SendFromGivenAddress)->ArgName("given")->Arg(0)->Arg(1);

// A batch that scatters over range(0) relay sockets: one call each is the best that can be had.
void BM_SendFromManySockets(benchmark::State& state) {
  constexpr size_t kBatch = 64;
  std::vector<net::UdpSocket> sockets;
  for (int64_t i = 0; i < state.range(0); ++i) sockets.push_back(open_socket());
  const auto to = open_socket();
  const std::vector<uint8_t> payload(kVoicePacketBytes);
  net::UdpSendBatch sends(kBatch);
  net::UdpReceiveBatch receives;
  for (auto _ : state) {
    for (size_t i = 0; i < kBatch; ++i) sends.add(sockets[i % sockets.size()], to.local(), payload);
    benchmark::DoNotOptimize(receives.receive(to).data());
  }
  state.SetItemsProcessed(static_cast<int64_t>(receives.counters().datagrams.value()));
}
BENCHMARK(BM_SendFromManySockets)->ArgName("sockets")->Arg(1)->Arg(8)->Arg(64);

struct Header {
  base::Endpoint relayed, from;
};

// A hairpin packet's way to another worker, both ends on this thread: the copy and the bell.
void BM_PacketRing(benchmark::State& state) {
  const auto batch_size = static_cast<size_t>(state.range(0));
  net::EventLoop loop;
  size_t received = 0;
  net::PacketRing<Header> ring(loop, 1024, [&](const Header&, base::MutableBytes) { ++received; }, [] {});
  const std::vector<uint8_t> payload(kVideoPacketBytes);
  for (auto _ : state) {
    const size_t awaited = received + batch_size;
    for (size_t i = 0; i < batch_size; ++i) benchmark::DoNotOptimize(ring.push({}, payload));
    ring.flush();
    loop.run_until(base::TimePoint::max(), [&] { return received == awaited; });
  }
  state.SetItemsProcessed(static_cast<int64_t>(received));
}
BENCHMARK(BM_PacketRing)->Arg(1)->Arg(8)->Arg(64);

}  // namespace
