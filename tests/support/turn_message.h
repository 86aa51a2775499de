// Builds STUN and TURN messages as clients send them, and as attackers do.
#pragma once

#include <string>
#include <vector>

#include "stun/long_term_key.h"
#include "stun/message_writer.h"
#include "stun/nonce.h"

namespace support {

// What a client knows about itself and, after the first 401, about the server.
struct Login {
  std::string username;
  std::string password;
  std::string realm = "icebox";
  std::string nonce;

  [[nodiscard]] stun::LongTermKeys keys() const {
    return stun::derive_long_term_keys(username, realm, password);
  }
};

// A transaction id made of one number, so that tests can name "the same" and "another".
[[nodiscard]] stun::TransactionId transaction_of(uint64_t number);

// Attributes come out in the order of the calls; nothing stops a test from writing them twice, too short or
// behind the integrity.
class TurnMessage {
 public:
  explicit TurnMessage(stun::Method method, stun::Class message_class = stun::Class::kRequest);
  TurnMessage(stun::Method method, uint64_t transaction, stun::Class message_class = stun::Class::kRequest);
  TurnMessage(const TurnMessage&) = delete;
  TurnMessage& operator=(const TurnMessage&) = delete;

  TurnMessage& attribute(stun::AttributeType type, base::Bytes value = {});
  TurnMessage& attribute(uint16_t type, base::Bytes value = {});
  TurnMessage& text(stun::AttributeType type, std::string_view value);
  TurnMessage& word(stun::AttributeType type, uint32_t value);
  TurnMessage& peer(const base::Endpoint& peer);
  TurnMessage& transport(uint8_t protocol = stun::kProtocolUdp);
  TurnMessage& lifetime(uint32_t seconds);
  TurnMessage& family(base::Family family);      // REQUESTED-ADDRESS-FAMILY
  TurnMessage& additional(base::Family family);  // ADDITIONAL-ADDRESS-FAMILY
  TurnMessage& even_port(bool reserve_next);
  TurnMessage& token(base::Bytes token);
  TurnMessage& channel(uint16_t number);
  TurnMessage& data(base::Bytes payload);
  TurnMessage& fingerprint();

  // USERNAME, REALM and NONCE; then usually one of the integrities.
  TurnMessage& name(const Login& login);
  TurnMessage& integrity(base::Bytes key);
  TurnMessage& integrity_sha256(base::Bytes key);
  // What browsers do: name(), then MESSAGE-INTEGRITY keyed by MD5.
  TurnMessage& sign(const Login& login);
  // What RFC 8489 clients do: name(), the algorithms and MESSAGE-INTEGRITY-SHA256.
  TurnMessage& sign_sha256(const Login& login);
  TurnMessage& password_algorithm(stun::PasswordAlgorithm algorithm);
  TurnMessage& password_algorithms();

  [[nodiscard]] std::vector<uint8_t> bytes() const;

 private:
  std::vector<uint8_t> space_;
  stun::MessageWriter writer_;
};

[[nodiscard]] std::vector<uint8_t> channel_data(uint16_t number, base::Bytes payload);
[[nodiscard]] std::vector<uint8_t> send_indication(const base::Endpoint& peer, base::Bytes payload);

}  // namespace support
