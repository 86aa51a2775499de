// What it costs to tell datagrams apart and to find the frames of a stream: paid for everything that comes
// in.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <random>
#include <vector>

#include "stun/channel_data.h"
#include "stun/message.h"
#include "stun/message_writer.h"
#include "stun/stream_framer.h"

namespace {

using stun::AttributeType;

std::vector<uint8_t> written(stun::Method method, stun::Class message_class, size_t data_bytes) {
  constexpr stun::TransactionId kTransaction{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
  std::vector<uint8_t> buffer(2048);
  stun::MessageWriter writer(buffer, method, message_class, kTransaction.data());
  if (data_bytes > 0) {
    writer.xor_address(AttributeType::kXorPeerAddress, {base::IpAddress::v4(0xc0000201), 32853});
    writer.attribute(AttributeType::kData, std::vector<uint8_t>(data_bytes));
  }
  buffer.resize(writer.finish().size());
  return buffer;
}

// The first look at a datagram, in an order that no branch predictor learns.
void BM_ClassifyDatagram(benchmark::State& state) {
  std::mt19937 random(1);
  std::vector<std::vector<uint8_t>> datagrams;
  for (int i = 0; i < 4096; ++i) {
    auto datagram =
        i % 4 == 0 ? written(stun::Method::kBinding, stun::Class::kRequest, 0) : std::vector<uint8_t>(20);
    if (i % 4 == 1 || i % 4 == 2)
      stun::write_channel_data_header(datagram.data(), stun::ChannelNumber{0x4001}, 16);
    if (i % 4 == 3) datagram[0] = 0x16;
    datagrams.push_back(std::move(datagram));
  }
  std::ranges::shuffle(datagrams, random);
  size_t at = 0;
  for (auto _ : state) {
    const base::Bytes datagram = datagrams[at++ % datagrams.size()];
    const bool known = stun::parse_channel_data(datagram).has_value() || stun::looks_like_stun(datagram);
    benchmark::DoNotOptimize(known);
  }
}
BENCHMARK(BM_ClassifyDatagram);

// 64 KiB of a TCP client: voice packets on a channel and a Send indication now and then.
void BM_FrameStream(benchmark::State& state) {
  std::vector<uint8_t> channel_data(stun::kChannelDataHeaderBytes + 172);
  stun::write_channel_data_header(channel_data.data(), stun::ChannelNumber{0x4001}, 172);
  const auto indication = written(stun::Method::kSend, stun::Class::kIndication, 1160);
  std::vector<uint8_t> stream;
  while (stream.size() < 65536) {
    for (int i = 0; i < 7; ++i) stream.insert(stream.end(), channel_data.begin(), channel_data.end());
    stream.insert(stream.end(), indication.begin(), indication.end());
  }
  size_t frames = 0;
  for (auto _ : state) {
    for (base::Bytes rest = stream; !rest.empty(); ++frames) {
      const auto frame = stun::next_frame(rest);
      benchmark::DoNotOptimize(frame);
      rest = rest.subspan((*frame)->consumed_bytes);
    }
  }
  state.SetItemsProcessed(static_cast<int64_t>(frames));
  state.counters["time_per_frame"] = benchmark::Counter(
      static_cast<double>(frames), benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}
BENCHMARK(BM_FrameStream);

}  // namespace
