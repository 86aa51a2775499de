// How values of configuration are written: from_text() reads, to_text() writes what from_text() reads back.
// A reason for refusal says what is wrong and what to write; it does not repeat the text, which may be
// secret.
#pragma once

#include <chrono>
#include <concepts>
#include <expected>
#include <string>
#include <string_view>

#include "app/config/listener_uri.h"
#include "app/config/types.h"
#include "base/address.h"

namespace app {

template <typename T>
using FromText = std::expected<T, std::string>;

template <typename T>
[[nodiscard]] FromText<T> from_text(std::string_view text) = delete;

template <>
[[nodiscard]] FromText<Listener> from_text(std::string_view text);
template <>
[[nodiscard]] FromText<base::IpAddress> from_text(std::string_view text);
template <>
[[nodiscard]] FromText<base::Endpoint> from_text(std::string_view text);
template <>
[[nodiscard]] FromText<base::IpPrefix> from_text(std::string_view text);
// "49152-65535", or one port.
template <>
[[nodiscard]] FromText<PortRange> from_text(std::string_view text);
// "10.0.0.0/8", "10.0.0.0/8:1024-65535", "2001:db8::/32", "[2001:db8::]/32:443".
template <>
[[nodiscard]] FromText<PeerRule> from_text(std::string_view text);
// "64KiB", "1MiB", "1GiB", or bytes.
template <>
[[nodiscard]] FromText<ByteSize> from_text(std::string_view text);
template <>
[[nodiscard]] FromText<std::chrono::seconds> from_text(std::string_view text);
template <>
[[nodiscard]] FromText<RestHash> from_text(std::string_view text);
template <>
[[nodiscard]] FromText<FastPath> from_text(std::string_view text);
template <>
[[nodiscard]] FromText<Registration> from_text(std::string_view text);
template <>
[[nodiscard]] FromText<LogLevel> from_text(std::string_view text);
template <>
[[nodiscard]] FromText<LogFormat> from_text(std::string_view text);

[[nodiscard]] std::string to_text(const Listener& value);
[[nodiscard]] std::string to_text(const base::IpAddress& value);
[[nodiscard]] std::string to_text(const base::Endpoint& value);
[[nodiscard]] std::string to_text(const base::IpPrefix& value);
[[nodiscard]] std::string to_text(const PortRange& value);
[[nodiscard]] std::string to_text(const PeerRule& value);
[[nodiscard]] std::string to_text(const ByteSize& value);
[[nodiscard]] std::string to_text(std::chrono::seconds value);
[[nodiscard]] std::string to_text(RestHash value);
[[nodiscard]] std::string to_text(FastPath value);
[[nodiscard]] std::string to_text(Registration value);
[[nodiscard]] std::string to_text(LogLevel value);
[[nodiscard]] std::string to_text(LogFormat value);

// A type that configuration writes as a string.
template <typename T>
concept WrittenAsText = requires(const T& value) {
  { to_text(value) } -> std::same_as<std::string>;
};

}  // namespace app
