// What the sockets cost per datagram: the same datagrams through batches of different sizes, over loopback;
// and what a WebSocket costs per message.
#include <benchmark/benchmark.h>
#include <sys/socket.h>

#include <memory>
#include <string_view>
#include <vector>

#include "net/byte_queue.h"
#include "net/event_loop.h"
#include "net/http_server.h"
#include "net/listening_socket.h"
#include "net/packet_ring.h"
#include "net/socket_address.h"
#include "net/stream_group.h"
#include "net/udp_receive_batch.h"
#include "net/udp_send_batch.h"
#include "net/udp_socket.h"
#include "net/websocket_server.h"

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

// A masked client frame, as browsers send it.
std::vector<uint8_t> masked_text_frame(size_t payload_bytes) {
  std::vector<uint8_t> frame = {0x81, 0xfe, 0, 0, 0x37, 0xfa, 0x21, 0x3d};
  base::store_be16(frame.data() + 2, static_cast<uint16_t>(payload_bytes));
  for (size_t i = 0; i < payload_bytes; ++i) frame.push_back('a' ^ frame[4 + i % 4]);
  return frame;
}
constexpr size_t kOfferBytes = 800;  // an offer or a candidate with its envelope, the size of target H1

// From a client's octets to a checked message.
void BM_WebSocketReceive(benchmark::State& state) {
  const auto frame = masked_text_frame(static_cast<size_t>(state.range(0)));
  net::WebSocketFramePool pool;
  net::WebSocketReceiver receiver(pool, {});
  for (auto _ : state) {
    base::Bytes unread = frame;
    benchmark::DoNotOptimize(receiver.next(unread));
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(BM_WebSocketReceive)->Arg(126)->Arg(kOfferBytes)->Arg(4000)->Arg(60'000);

// From a message to octets in a stream's queue.
void BM_WebSocketSend(benchmark::State& state) {
  const std::vector<uint8_t> payload(static_cast<size_t>(state.range(0)), 'a');
  net::WebSocketFramePool pool;
  net::ByteQueue queue;
  for (auto _ : state) {
    queue.append(pool.header_of(net::WebSocketOpcode::kText, payload).bytes());
    queue.append(payload);
    benchmark::DoNotOptimize(queue.bytes().data());
    if (queue.size() > 16 * 1024) queue.consume(queue.size());
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(BM_WebSocketSend)->Arg(126)->Arg(kOfferBytes)->Arg(4000)->Arg(60'000);

// Hands what one WebSocket says to the other.
class Forwarding final : public net::WebSocketHandler {
 public:
  explicit Forwarding(net::WebSocket*& to, size_t& messages) : to_(to), messages_(messages) {}
  void on_message(net::WebSocket&, std::string_view text) override { messages_ += to_->send(text) ? 1 : 0; }
  void on_closed(net::WebSocket&, const net::WebSocketEnd&) override {}

 private:
  net::WebSocket*& to_;
  size_t& messages_;
};

struct Forwarder {
  Forwarder() {
    router.add("GET", "/", [this](const net::HttpRequest& request, const net::HttpExchange& exchange) {
      last = server.upgrade(request, exchange, net::OriginPolicy(), "",
                            std::make_unique<Forwarding>(last, messages));
    });
    from = connect();
    to = connect();  // the last: what everybody says goes here
  }
  net::UniqueFd connect() {
    const auto listening = net::open_listening_socket(*base::Endpoint::parse("127.0.0.1:0"), true, 1);
    net::SocketAddress address;
    net::to_socket_address(listening->local, base::Family::kIpv4, address);
    net::UniqueFd client(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    ::connect(client.get(), &address.any, address.bytes);
    net::UniqueFd accepted(::accept4(listening->fd.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    net::Accepted connection;
    connection.stream = std::make_unique<net::Stream>(std::move(accepted), net::StreamOptions{});
    http.serve(std::move(connection));
    constexpr std::string_view kHandshake =
        "GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";
    const size_t open = server.connections();
    ::send(client.get(), kHandshake.data(), kHandshake.size(), MSG_NOSIGNAL);
    loop.run_until(base::TimePoint::max(), [&] { return server.connections() > open; });
    drain(client.get(), 1);
    return client;
  }
  // Reads until `bytes` have come and nothing more is there.
  void drain(int client, size_t bytes) {
    size_t got = 0;
    while (got < bytes) {
      const ssize_t more = ::recv(client, buffer.data(), buffer.size(), 0);
      if (more <= 0) return;
      got += static_cast<size_t>(more);
    }
  }

  std::vector<uint8_t> buffer = std::vector<uint8_t>(1 << 20);
  net::EventLoop loop;
  net::StreamGroup group{loop};
  net::HttpRouter router;
  net::HttpServer http{group, router, net::HttpOptions{}};
  net::WebSocketServer server{group, net::WebSocketOptions{}};
  net::WebSocket* last = nullptr;
  size_t messages = 0;
  net::UniqueFd from, to;
};

// One peer to another over TCP, without a hub: range(0) messages wait in the socket each time the server
// wakes. The clients' own send and receive, once for each wake-up, are in the figure.
void BM_WebSocketForward(benchmark::State& state) {
  const auto batch = static_cast<size_t>(state.range(0));
  const auto frame = masked_text_frame(kOfferBytes);
  std::vector<uint8_t> frames;
  for (size_t i = 0; i < batch; ++i) frames.insert(frames.end(), frame.begin(), frame.end());
  const size_t answer_bytes = batch * (frame.size() - 4);  // without the key
  Forwarder forwarder;
  for (auto _ : state) {
    ::send(forwarder.from.get(), frames.data(), frames.size(), MSG_NOSIGNAL);
    const size_t awaited = forwarder.messages + batch;
    forwarder.loop.run_until(base::TimePoint::max(), [&] { return forwarder.messages == awaited; });
    forwarder.drain(forwarder.to.get(), answer_bytes);
  }
  state.SetItemsProcessed(static_cast<int64_t>(forwarder.messages));
}
BENCHMARK(BM_WebSocketForward)->Arg(1)->Arg(4)->Arg(32);

}  // namespace
