// Any bytes: Message::parse agrees with a plain second parser, every view lies inside the input, and what was
// read can be written and read again. What is no message may be a Binding of RFC 3489, and is never both.
#include <algorithm>
#include <vector>

#include "stun/classic_binding.h"
#include "stun/integrity.h"
#include "stun/message.h"
#include "stun/message_writer.h"
#include "stun/password_algorithms.h"
#include "tests/stun/reference_parser.h"

namespace {

void require(bool holds) {
  if (!holds) __builtin_trap();
}

void require_same_attributes(const stun::Message& a, const stun::Message& b) {
  require(a.attributes().size() == b.attributes().size());
  for (size_t i = 0; i < a.attributes().size(); ++i) {
    require(a.attributes()[i].type == b.attributes()[i].type);
    require(std::ranges::equal(a.attributes()[i].value, b.attributes()[i].value));
  }
}

// Every typed read of every type that is there. The results matter to the sanitizers only.
void read_all(const stun::Message& message) {
  for (const stun::Attribute& attribute : message.attributes()) {
    const stun::AttributeType type{attribute.type};
    require(message.has(type));
    (void)message.octet(type);
    (void)message.word(type);
    (void)message.double_word(type);
    (void)message.text(type);
    (void)message.xor_address(type);
    (void)message.decode_xor_address(attribute);
    (void)stun::parse_password_algorithm(attribute.value);
    (void)stun::first_known_algorithm(attribute.value);
  }
  (void)message.error_code();
  (void)stun::chosen_password_algorithm(message);
  (void)stun::check_message_integrity(message, base::as_bytes("key"));
  (void)stun::check_message_integrity_sha256(message, base::as_bytes("key"));
}

// Answers with the transaction, the address and nothing else, twelve octets longer at the most.
void require_classic_answer(base::Bytes input) {
  const base::Endpoint client{base::IpAddress::v4(0xc6336401), 5000};
  std::vector<uint8_t> space(64, 0xee);
  const auto answer = stun::write_classic_binding_success(space, input, client);
  require(answer.size() == 32 && answer.size() <= input.size() + 12);
  require(std::ranges::equal(answer.subspan(4, 16), input.subspan(4, 16)));
  require(base::load_be16(answer.data() + 26) == client.port &&
          base::load_be32(answer.data() + 28) == client.ip.lo);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const base::Bytes input(data, size);
  const auto message = stun::Message::parse(input);
  const auto reference = stun::test::reference_parse(input);
  require(message.has_value() == reference.has_value());
  const bool classic = stun::is_classic_binding(input);
  require(!classic || !message);
  if (classic) require_classic_answer(input);
  if (!message) return 0;
  require(stun::looks_like_stun(input));
  require(message->attributes().size() == reference->size());
  for (size_t i = 0; i < reference->size(); ++i) {
    const stun::Attribute& attribute = message->attributes()[i];
    require(attribute.type == (*reference)[i].type && attribute.offset == (*reference)[i].offset);
    require(std::ranges::equal(attribute.value, (*reference)[i].value));
    require(attribute.value.data() >= data && attribute.value.data() + attribute.value.size() <= data + size);
  }
  read_all(*message);

  std::vector<uint8_t> buffer(size + 8);
  stun::MessageWriter writer(buffer, message->method(), message->message_class(), message->transaction_id());
  for (const stun::Attribute& attribute : message->attributes()) {
    writer.attribute(stun::AttributeType{attribute.type}, attribute.value);
  }
  const auto again = stun::Message::parse(writer.finish());
  require(again.has_value());
  require_same_attributes(*message, *again);

  // A fingerprint of our own is right, unless the input brought one, which then is not last.
  if (message->attributes().size() == stun::Message::kMaxAttributes || writer.size() + 8 > 65535) return 0;
  writer.fingerprint();
  const auto marked = stun::Message::parse(writer.finish());
  require(marked.has_value());
  require(stun::check_fingerprint(*marked) ==
          (message->has(stun::AttributeType::kFingerprint) ? stun::Check::kWrong : stun::Check::kRight));
  return 0;
}
