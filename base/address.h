// IP addresses, transport addresses and address prefixes. Plain values; safe from any thread.
#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace base {

// The values are those of STUN's family octet (RFC 8489 §14.1).
enum class Family : uint8_t { kIpv4 = 1, kIpv6 = 2 };

// An address as two host-order words, so that comparing and masking are arithmetic. IPv4 lives in the low 32
// bits of `lo`. An IPv4-mapped IPv6 address stays IPv6 until somebody calls unmapped().
struct IpAddress {
  uint64_t hi = 0;
  uint64_t lo = 0;
  Family family = Family::kIpv4;
  // Of a link-local IPv6 address that the kernel told us: the interface by which it is reached (RFC 4007). It is no part
  // of what goes over the wire. 0: none.
  uint32_t zone = 0;

  [[nodiscard]] static constexpr IpAddress v4(uint32_t address) { return {0, address, Family::kIpv4}; }
  [[nodiscard]] static constexpr IpAddress v6(uint64_t hi, uint64_t lo) { return {hi, lo, Family::kIpv6}; }
  // Dotted quad or RFC 4291 text, no zone, no brackets. nullopt for anything else.
  [[nodiscard]] static std::optional<IpAddress> parse(std::string_view text);

  [[nodiscard]] constexpr bool is_v4() const { return family == Family::kIpv4; }
  [[nodiscard]] constexpr bool is_v6() const { return family == Family::kIpv6; }
  // `hi` for keys of tables, in which the same link-local address on two links is two hosts. Such addresses have zeros
  // where the zone goes (RFC 4291 §2.5.6).
  [[nodiscard]] constexpr uint64_t hi_with_zone() const { return hi ^ zone; }
  [[nodiscard]] constexpr bool is_unspecified() const { return hi == 0 && lo == 0; }
  // ::ffff:a.b.c.d as a.b.c.d; any other address unchanged. Dual-stack sockets report IPv4 sources that way.
  [[nodiscard]] constexpr IpAddress unmapped() const {
    return is_v6() && hi == 0 && (lo >> 32) == 0xffff ? v4(static_cast<uint32_t>(lo)) : *this;
  }
  // Without the zone.
  [[nodiscard]] std::string to_string() const;

  auto operator<=>(const IpAddress&) const = default;
};

// A transport address: IP address and port (host order).
struct Endpoint {
  IpAddress ip;
  uint16_t port = 0;

  // "192.0.2.1:3478" or "[2001:db8::1]:3478".
  [[nodiscard]] static std::optional<Endpoint> parse(std::string_view text);
  [[nodiscard]] std::string to_string() const;

  auto operator<=>(const Endpoint&) const = default;
};

// "10.0.0.0/8", "2001:db8::/32", or one address. Host bits must be zero: 10.0.0.1/8 is taken for a typing
// error.
struct IpPrefix {
  IpAddress first;
  int bits = 0;

  [[nodiscard]] static std::optional<IpPrefix> parse(std::string_view text);
  // False across families: an IPv4 prefix says nothing about mapped addresses.
  [[nodiscard]] bool contains(const IpAddress& address) const;
  [[nodiscard]] std::string to_string() const;

  auto operator<=>(const IpPrefix&) const = default;
};

}  // namespace base
