// What reading, writing and checking STUN costs, message by message: everything here is paid per datagram of
// control traffic or, for Send indications and the stream framer, per datagram of payload.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "base/siphash.h"
#include "stun/channel_data.h"
#include "stun/integrity.h"
#include "stun/long_term_key.h"
#include "stun/message.h"
#include "stun/message_writer.h"
#include "stun/nonce.h"
#include "stun/rest_credential.h"
#include "stun/stream_framer.h"

namespace {

using stun::AttributeType;
using stun::Class;
using stun::Message;
using stun::MessageWriter;
using stun::Method;

constexpr stun::TransactionId kTransaction{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
constexpr stun::Md5Digest kKey{0xaa, 0xbb};
const base::Endpoint kEndpoint{base::IpAddress::v4(0xc0000201), 32853};
const base::SipHashKey kSipHashKey{1, 2};
const base::WallTime kNow{std::chrono::seconds{1'700'000'000}};

using Writing = void (*)(MessageWriter&);

std::vector<uint8_t> written(Method method, Class message_class, Writing write) {
  std::vector<uint8_t> buffer(2048);
  MessageWriter writer(buffer, method, message_class, kTransaction.data());
  write(writer);
  buffer.resize(writer.finish().size());
  return buffer;
}

std::vector<uint8_t> binding_request() {
  return written(Method::kBinding, Class::kRequest, [](MessageWriter&) {});
}

std::vector<uint8_t> ice_check() {
  return written(Method::kBinding, Class::kRequest, [](MessageWriter& writer) {
    writer.text(AttributeType::kUsername, "evtj:h6vY");
    writer.word(AttributeType::kPriority, 0x6e0001ff);
    writer.attribute(AttributeType::kIceControlling, std::vector<uint8_t>(8));
    writer.flag(AttributeType::kUseCandidate);
    writer.message_integrity(kKey);
    writer.fingerprint();
  });
}

std::vector<uint8_t> allocate_request() {
  return written(Method::kAllocate, Class::kRequest, [](MessageWriter& writer) {
    writer.requested_transport(stun::kProtocolUdp);
    writer.text(AttributeType::kUsername, "1700000000:alice");
    writer.text(AttributeType::kRealm, "turn.example.org");
    writer.text(AttributeType::kNonce, "obMatJos2gAAA6553f100cafe01230123456789abcdef");
    writer.message_integrity(kKey);
  });
}

std::vector<uint8_t> send_indication() {
  return written(Method::kSend, Class::kIndication, [](MessageWriter& writer) {
    writer.xor_address(AttributeType::kXorPeerAddress, kEndpoint);
    writer.attribute(AttributeType::kData, std::vector<uint8_t>(1160));
  });
}

void parse_each(benchmark::State& state, std::vector<uint8_t> message) {
  for (auto _ : state) {
    benchmark::DoNotOptimize(message.data());
    auto parsed = Message::parse(message);
    benchmark::DoNotOptimize(parsed);
  }
  state.SetItemsProcessed(state.iterations());
  state.SetLabel(std::to_string(message.size()) + " octets");
}
BENCHMARK_CAPTURE(parse_each, binding, binding_request());
BENCHMARK_CAPTURE(parse_each, ice_check, ice_check());
BENCHMARK_CAPTURE(parse_each, allocate, allocate_request());
BENCHMARK_CAPTURE(parse_each, send_indication, send_indication());

// As a Send indication is handled: parsed, and the two attributes that matter looked up.
void BM_ReadSendIndication(benchmark::State& state) {
  const auto message = send_indication();
  for (auto _ : state) {
    const auto parsed = Message::parse(message);
    benchmark::DoNotOptimize(parsed->xor_address(AttributeType::kXorPeerAddress));
    benchmark::DoNotOptimize(parsed->find(AttributeType::kData));
  }
}
BENCHMARK(BM_ReadSendIndication);

void BM_WriteBindingSuccess(benchmark::State& state) {
  std::vector<uint8_t> buffer(256);
  for (auto _ : state) {
    MessageWriter writer(buffer, Method::kBinding, Class::kSuccess, kTransaction.data());
    writer.xor_address(AttributeType::kXorMappedAddress, kEndpoint);
    benchmark::DoNotOptimize(writer.finish());
    benchmark::ClobberMemory();
  }
}
BENCHMARK(BM_WriteBindingSuccess);

// Without its integrity, which BM_HmacSha1 weighs.
void BM_WriteAllocateSuccess(benchmark::State& state) {
  std::vector<uint8_t> buffer(256);
  for (auto _ : state) {
    MessageWriter writer(buffer, Method::kAllocate, Class::kSuccess, kTransaction.data());
    writer.xor_address(AttributeType::kXorRelayedAddress, kEndpoint);
    writer.word(AttributeType::kLifetime, 600);
    writer.xor_address(AttributeType::kXorMappedAddress, kEndpoint);
    benchmark::DoNotOptimize(writer.finish());
    benchmark::ClobberMemory();
  }
}
BENCHMARK(BM_WriteAllocateSuccess);

void BM_Crc32(benchmark::State& state) {
  const std::vector<uint8_t> input(state.range(0), 0x5a);
  for (auto _ : state) benchmark::DoNotOptimize(stun::crc32(input));
  state.SetBytesProcessed(state.iterations() * state.range(0));
}
BENCHMARK(BM_Crc32)->Arg(20)->Arg(100)->Arg(1200);

void BM_HmacSha1(benchmark::State& state) {
  const std::vector<uint8_t> input(state.range(0), 0x5a);
  for (auto _ : state) benchmark::DoNotOptimize(stun::hmac_sha1(kKey, input));
}
BENCHMARK(BM_HmacSha1)->Arg(40)->Arg(120);

void BM_HmacSha256(benchmark::State& state) {
  const std::vector<uint8_t> input(state.range(0), 0x5a);
  for (auto _ : state) benchmark::DoNotOptimize(stun::hmac_sha256(kKey, input));
}
BENCHMARK(BM_HmacSha256)->Arg(40)->Arg(120);

// An authenticated Allocate from the socket on: parsed and its integrity checked.
void BM_CheckAllocate(benchmark::State& state) {
  const auto message = allocate_request();
  for (auto _ : state) {
    const auto parsed = Message::parse(message);
    benchmark::DoNotOptimize(stun::check_message_integrity(*parsed, kKey));
  }
}
BENCHMARK(BM_CheckAllocate);

void BM_CheckFingerprint(benchmark::State& state) {
  const auto message = ice_check();
  const auto parsed = Message::parse(message);
  for (auto _ : state) benchmark::DoNotOptimize(stun::check_fingerprint(*parsed));
}
BENCHMARK(BM_CheckFingerprint);

void BM_DeriveLongTermKeys(benchmark::State& state) {
  for (auto _ : state) {
    benchmark::DoNotOptimize(
        stun::derive_long_term_keys("alice", "turn.example.org", "correct horse battery staple"));
  }
}
BENCHMARK(BM_DeriveLongTermKeys);

void BM_Userhash(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(stun::userhash("alice", "turn.example.org"));
}
BENCHMARK(BM_Userhash);

void BM_RestPassword(benchmark::State& state) {
  for (auto _ : state) {
    benchmark::DoNotOptimize(
        stun::rest_password("a secret of some length", "1700000000:alice", stun::RestHash::kSha1));
  }
}
BENCHMARK(BM_RestPassword);

void BM_OpaqueString(benchmark::State& state) {
  const std::string text = state.range(0) != 0 ? "マトリックス" : "correct horse battery";
  for (auto _ : state) benchmark::DoNotOptimize(stun::opaque_string(text));
  state.SetLabel(text);
}
BENCHMARK(BM_OpaqueString)->Arg(0)->Arg(1);

void BM_MakeNonce(benchmark::State& state) {
  const stun::NonceKey key(kSipHashKey, std::chrono::minutes{10});
  uint32_t salt = 0;
  for (auto _ : state) benchmark::DoNotOptimize(key.make(kNow, kEndpoint.ip, {}, ++salt));
}
BENCHMARK(BM_MakeNonce);

void BM_CheckNonce(benchmark::State& state) {
  const stun::NonceKey key(kSipHashKey, std::chrono::minutes{10});
  const auto nonce = key.make(kNow, kEndpoint.ip, {}, 1);
  for (auto _ : state) benchmark::DoNotOptimize(key.check(kNow, kEndpoint.ip, {nonce.data(), nonce.size()}));
}
BENCHMARK(BM_CheckNonce);

void BM_SipHash(benchmark::State& state) {
  const std::vector<uint8_t> input(state.range(0), 0x5a);
  for (auto _ : state) benchmark::DoNotOptimize(base::siphash(kSipHashKey, input));
}
BENCHMARK(BM_SipHash)->Arg(20)->Arg(37);

void BM_CompareInConstantTime(benchmark::State& state) {
  const std::vector<uint8_t> a(state.range(0), 0x5a), b = a;
  for (auto _ : state) {
    benchmark::DoNotOptimize(a.data());
    benchmark::DoNotOptimize(base::equal_in_constant_time(a, b));
  }
}
BENCHMARK(BM_CompareInConstantTime)->Arg(20)->Arg(32);

// The first look at a datagram, in an order that no branch predictor learns.
void BM_ClassifyDatagram(benchmark::State& state) {
  std::mt19937 random(1);
  std::vector<std::vector<uint8_t>> datagrams;
  for (int i = 0; i < 4096; ++i) {
    auto datagram = i % 4 == 0 ? binding_request() : std::vector<uint8_t>(20);
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
  const auto indication = send_indication();
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
