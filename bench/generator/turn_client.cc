#include "bench/generator/turn_client.h"

#include <algorithm>
#include <array>

#include "stun/long_term_key.h"
#include "stun/message.h"

namespace bench::generator {
namespace {

constexpr size_t kLongestRequest = 1280;
// One for the first nonce, one for a nonce that went stale; a server that wants more refuses the credential.
constexpr int kMostChallenges = 2;

std::string name_of(stun::Method method) {
  switch (method) {
    case stun::Method::kAllocate:
      return "Allocate";
    case stun::Method::kChannelBind:
      return "ChannelBind";
    case stun::Method::kCreatePermission:
      return "CreatePermission";
    default:
      return "Refresh";
  }
}

}  // namespace

void TurnClient::start_allocate() { start({.method = stun::Method::kAllocate}); }
void TurnClient::start_release() { start({.method = stun::Method::kRefresh}); }
void TurnClient::start_create_permission(const base::Endpoint& peer) {
  start({.method = stun::Method::kCreatePermission, .peer = peer});
}
void TurnClient::start_channel_bind(stun::ChannelNumber channel, const base::Endpoint& peer) {
  start({.method = stun::Method::kChannelBind, .peer = peer, .channel = channel});
}

void TurnClient::start(const Wanted& wanted) {
  wanted_ = wanted;
  settled_ = false;
  challenges_ = 0;
  error_.clear();
  write_request();
}

void TurnClient::write_attributes(stun::MessageWriter& writer) const {
  using enum stun::AttributeType;
  switch (wanted_.method) {
    case stun::Method::kAllocate:
      return writer.requested_transport(stun::kProtocolUdp);
    case stun::Method::kChannelBind:
      writer.channel_number(wanted_.channel);
      return writer.xor_address(kXorPeerAddress, wanted_.peer);
    case stun::Method::kCreatePermission:
      return writer.xor_address(kXorPeerAddress, wanted_.peer);
    default:
      return writer.word(kLifetime, 0);
  }
}

void TurnClient::write_request() {
  using enum stun::AttributeType;
  random_.fill(transaction_);
  std::array<uint8_t, kLongestRequest> buffer;
  stun::MessageWriter writer(buffer, wanted_.method, stun::Class::kRequest, transaction_.data());
  write_attributes(writer);
  if (!nonce_.empty()) {
    writer.text(kUsername, login_.username);
    writer.text(kRealm, realm_);
    writer.text(kNonce, nonce_);
    writer.message_integrity(key_);
  }
  const auto message = writer.finish();
  request_.assign(message.begin(), message.end());
}

bool TurnClient::handle_answer(base::Bytes datagram) {
  const auto answer = stun::Message::parse(datagram);
  if (!answer || settled_ || answer->transaction() != transaction_) return false;
  if (answer->message_class() == stun::Class::kError) {
    handle_error(*answer);
    return true;
  }
  if (wanted_.method == stun::Method::kAllocate) {
    const auto relayed = answer->xor_address(stun::AttributeType::kXorRelayedAddress);
    if (!relayed) {
      fail("Allocate succeeded without a relayed address");
      return true;
    }
    relayed_ = *relayed;
  }
  settled_ = true;
  return true;
}

void TurnClient::handle_error(const stun::Message& answer) {
  const auto code = answer.error_code().value_or(0);
  const bool challenge = code == static_cast<int>(stun::ErrorCode::kUnauthenticated) ||
                         code == static_cast<int>(stun::ErrorCode::kStaleNonce);
  if (challenge && ++challenges_ <= kMostChallenges && take_challenge(answer)) return write_request();
  fail("the server answered " + name_of(wanted_.method) + " with error " + std::to_string(code));
}

bool TurnClient::take_challenge(const stun::Message& answer) {
  const auto realm = answer.text(stun::AttributeType::kRealm);
  const auto nonce = answer.text(stun::AttributeType::kNonce);
  if (!nonce || nonce->empty()) return false;
  nonce_ = *nonce;
  if (realm && *realm != realm_) {
    realm_ = *realm;
    const auto keys = stun::derive_long_term_keys(login_.username, realm_, login_.password);
    key_.assign(keys.md5.begin(), keys.md5.end());
  }
  return true;
}

void TurnClient::fail(std::string why) {
  settled_ = true;
  error_ = std::move(why);
}

}  // namespace bench::generator
