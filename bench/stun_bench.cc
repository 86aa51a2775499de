// What reading, writing and checking STUN costs, message by message: everything here is paid per datagram of
// control traffic or, for Send indications, per datagram of payload. And what strangers can make us pay.
#include <benchmark/benchmark.h>

#include <memory>
#include <string>
#include <vector>

#include "app/user_credentials.h"
#include "base/siphash.h"
#include "relay/quota_ledger.h"
#include "relay/server.h"
#include "stun/integrity.h"
#include "stun/long_term_key.h"
#include "stun/message.h"
#include "stun/message_writer.h"
#include "stun/nonce.h"
#include "stun/rest_credential.h"
#include "tests/support/fake_relay.h"
#include "tests/support/turn_message.h"

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

// Of 508 octets, as many as a USERNAME may have.
std::string repeated(std::string_view unit) {
  std::string text;
  while (text.size() + unit.size() <= stun::kLongestOpaqueString) text += unit;
  return text;
}

void prepare(benchmark::State& state, const std::string& text) {
  for (auto _ : state) benchmark::DoNotOptimize(stun::opaque_string(text));
  state.SetLabel(std::to_string(text.size()) + " octets");
}
BENCHMARK_CAPTURE(prepare, ascii, "correct horse battery");
BENCHMARK_CAPTURE(prepare, katakana, "マトリックス");
BENCHMARK_CAPTURE(prepare, longest_of_middle_dots, repeated("・"));
BENCHMARK_CAPTURE(prepare, longest_of_middle_dots_and_kana, repeated("・").replace(504, 3, "ス"));
BENCHMARK_CAPTURE(prepare, longest_of_arabic_digits, repeated("٠"));
BENCHMARK_CAPTURE(prepare, longest_of_combining_marks, "a" + repeated("\u0301\u0323").substr(0, 504));

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

// What a packet of somebody who has proved nothing may cost at the very most: the whole server, with the
// credentials of the running program, and 2048 octets.
struct StrangersWorld {
  explicit StrangersWorld(size_t secrets) : settings(auth_of(secrets)) {}
  static std::shared_ptr<const app::AuthSettings> auth_of(size_t secrets) {
    auto auth = std::make_shared<app::AuthSettings>();
    auth->realm = "icebox";
    for (size_t i = 0; i < secrets; ++i) auth->secrets.push_back("secret number " + std::to_string(i));
    return auth;
  }
  std::shared_ptr<const app::AuthSettings> settings;
  support::FakeClock clock;
  support::FixedRandom random{1};
  storage::CurrentUsers users;
  storage::CurrentPeers peers;
  app::UserCredentials credentials{settings, users, peers};
  support::FakePorts ports{clock};
  relay::QuotaLedger quotas{{}};
  relay::Counters counters;
  stun::NonceKey nonces{kSipHashKey, std::chrono::hours{1}};
  relay::PeerPolicy policy{{}};
  relay::ServerOptions options{.unauthenticated_replies_per_second = 0, .wrong_passwords_per_minute = 0};
  relay::Server server{clock.steady(), options, policy, credentials, ports, quotas, random, nonces, counters};
  relay::ClientPath path{{kEndpoint, {base::IpAddress::v4(0xc6336401), 3478}}};
  std::vector<uint8_t> scratch = std::vector<uint8_t>(relay::kReplySpaceBytes);

  [[nodiscard]] std::vector<uint8_t> guess(const std::string& name, bool fresh_nonce) {
    const auto nonce = nonces.make(clock.wall(), fresh_nonce ? kEndpoint.ip : base::IpAddress{}, {}, 1);
    std::vector<uint8_t> packet(2048);
    MessageWriter writer(packet, Method::kAllocate, Class::kRequest, kTransaction.data());
    writer.requested_transport(stun::kProtocolUdp);
    writer.text(AttributeType::kUsername, name);
    writer.text(AttributeType::kRealm, settings->realm);
    writer.text(AttributeType::kNonce, {nonce.data(), nonce.size()});
    constexpr size_t kTailBytes = 4 + 24 + 8;  // of the filler's header, the integrity and the fingerprint
    writer.attribute(AttributeType::kSoftware,
                     std::vector<uint8_t>(packet.size() - writer.size() - kTailBytes));
    writer.message_integrity(kKey);
    writer.fingerprint();
    packet.resize(writer.finish().size());
    return packet;
  }
};

void stranger(benchmark::State& state, const std::string& name, bool fresh_nonce, size_t secrets) {
  StrangersWorld world(secrets);
  const auto packet = world.guess(name, fresh_nonce);
  for (auto _ : state) {
    const auto step = world.server.handle_client(world.clock.now(), world.path, packet, world.scratch);
    if (step.kind != relay::Step::Kind::kReply) return state.SkipWithError("not answered");
    benchmark::DoNotOptimize(step);
  }
  state.SetLabel(std::to_string(packet.size()) + " octets");
}
const std::string kMiddleDots = repeated("・");
const std::string kKana = repeated("ス");
const std::string kRestName = "1700000060:" + std::string(490, 'a');
BENCHMARK_CAPTURE(stranger, middle_dots_and_a_foreign_nonce, kMiddleDots, false, 1);
BENCHMARK_CAPTURE(stranger, middle_dots_and_a_fresh_nonce, kMiddleDots, true, 1);
BENCHMARK_CAPTURE(stranger, kana_and_a_fresh_nonce, kKana, true, 1);
BENCHMARK_CAPTURE(stranger, rest_name_and_a_fresh_nonce, kRestName, true, 1);
BENCHMARK_CAPTURE(stranger, rest_name_and_a_fresh_nonce_two_secrets, kRestName, true, 2);
BENCHMARK_CAPTURE(stranger, rest_name_and_a_fresh_nonce_four_secrets, kRestName, true, 4);

}  // namespace
