// A server's answer, kept and read.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "stun/integrity.h"
#include "stun/message.h"

namespace support {

// 0: no answer. 200: success. Otherwise the error code.
struct Answer {
  static constexpr int kSilence = 0;
  static constexpr int kSuccess = 200;

  std::vector<uint8_t> bytes;

  [[nodiscard]] stun::Message message() const { return *stun::Message::parse(bytes); }
  [[nodiscard]] int code() const {
    if (bytes.empty()) return kSilence;
    return message().message_class() == stun::Class::kSuccess ? kSuccess
                                                              : message().error_code().value_or(-1);
  }
  [[nodiscard]] bool has(stun::AttributeType type) const { return message().has(type); }
  [[nodiscard]] std::string text(stun::AttributeType type) const {
    return std::string(message().text(type).value_or(""));
  }
  [[nodiscard]] std::optional<uint32_t> lifetime() const {
    return message().word(stun::AttributeType::kLifetime);
  }
  [[nodiscard]] std::optional<base::Endpoint> mapped() const {
    return message().xor_address(stun::AttributeType::kXorMappedAddress);
  }
  // Every XOR-RELAYED-ADDRESS: two in the answer to a dual Allocate.
  [[nodiscard]] std::vector<base::Endpoint> relayed() const {
    const auto read = message();
    std::vector<base::Endpoint> relayed;
    for (const auto& attribute : read.attributes()) {
      if (attribute.type != static_cast<uint16_t>(stun::AttributeType::kXorRelayedAddress)) continue;
      relayed.push_back(*read.decode_xor_address(attribute));
    }
    return relayed;
  }
};

}  // namespace support
