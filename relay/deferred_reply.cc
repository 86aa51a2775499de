#include "relay/deferred_reply.h"

#include <algorithm>

#include "relay/request.h"
#include "stun/reason_phrase.h"

namespace relay {
namespace {

constexpr size_t kAnswerBytes = 128;  // header, one attribute, integrity, fingerprint

std::vector<uint8_t> write(const DeferredReply& reply, stun::Class message_class, auto&& fill) {
  std::array<uint8_t, kAnswerBytes> space;
  stun::MessageWriter writer(space, reply.method, message_class, reply.transaction.data());
  fill(writer);
  seal(writer, {base::Bytes(reply.key).first(reply.key_bytes), reply.sha256}, reply.fingerprint);
  const auto message = writer.finish();
  return {message.begin(), message.end()};
}

}  // namespace

DeferredReply::DeferredReply(const Request& request)
    : method(request.message.method()),
      transaction(request.message.transaction()),
      key_bytes(static_cast<uint8_t>(request.reply_key.key.size())),
      sha256(request.reply_key.sha256),
      fingerprint(request.message.has(stun::AttributeType::kFingerprint)) {
  std::ranges::copy(request.reply_key.key, key.begin());
}

std::vector<uint8_t> DeferredReply::success(uint32_t connection_id) const {
  return write(*this, stun::Class::kSuccess, [&](stun::MessageWriter& writer) {
    writer.word(stun::AttributeType::kConnectionId, connection_id);
  });
}

std::vector<uint8_t> DeferredReply::error(stun::ErrorCode code) const {
  return write(*this, stun::Class::kError,
               [&](stun::MessageWriter& writer) { writer.error_code(code, stun::reason_phrase(code)); });
}

}  // namespace relay
