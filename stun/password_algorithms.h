// PASSWORD-ALGORITHMS and PASSWORD-ALGORITHM (RFC 8489 §14.11, §14.12): which hash of the password keys the
// HMAC.
#pragma once

#include <array>
#include <cstdint>
#include <expected>
#include <optional>

#include "base/bytes.h"
#include "stun/message.h"
#include "stun/wire.h"

namespace stun {

// What a server offers, as PASSWORD-ALGORITHMS carries it: SHA-256, then MD5, neither with parameters. A
// client takes the first that it knows.
inline constexpr std::array<uint8_t, 8> kOfferedPasswordAlgorithms{0, 2, 0, 0, 0, 1, 0, 0};

// The value of PASSWORD-ALGORITHM. nullopt: unknown, with parameters (none are defined) or malformed.
[[nodiscard]] std::optional<PasswordAlgorithm> parse_password_algorithm(base::Bytes value);
[[nodiscard]] std::array<uint8_t, 4> password_algorithm_value(PasswordAlgorithm algorithm);

// The first algorithm of a received PASSWORD-ALGORITHMS that this implementation knows, as a client picks it.
// nullopt: none, or malformed.
[[nodiscard]] std::optional<PasswordAlgorithm> first_known_algorithm(base::Bytes list);

enum class AlgorithmFault : uint8_t {
  kOneWithoutTheOther,  // PASSWORD-ALGORITHM and PASSWORD-ALGORITHMS go together
  kListAltered,         // not what was offered: somebody tries to bid the client down
  kNotOffered
};

// What an authenticated request chose, when its nonce's cookie announced password algorithms (§9.2.4). MD5 if
// it carries neither attribute: a client from before RFC 8489. Every fault is a 400.
[[nodiscard]] std::expected<PasswordAlgorithm, AlgorithmFault> chosen_password_algorithm(
    const Message& request);

}  // namespace stun
