#include "base/address.h"

#include <arpa/inet.h>

#include <array>
#include <charconv>

#include "base/bytes.h"

namespace base {
namespace {

constexpr size_t kLongestAddressText = 45;  // INET6_ADDRSTRLEN without its NUL

template <typename Number>
std::optional<Number> parse_number(std::string_view text) {
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size() || text.empty()) return std::nullopt;
  return number;
}

// A mask of the `bits` highest bits of a 64-bit word.
uint64_t high_bits(int bits) {
  if (bits <= 0) return 0;
  return bits >= 64 ? ~uint64_t{0} : ~uint64_t{0} << (64 - bits);
}

IpAddress masked(const IpAddress& address, int bits) {
  if (address.is_v4())
    return IpAddress::v4(static_cast<uint32_t>(address.lo & (high_bits(32 + bits) & 0xffffffff)));
  return IpAddress::v6(address.hi & high_bits(bits), address.lo & high_bits(bits - 64));
}

}  // namespace

std::optional<IpAddress> IpAddress::parse(std::string_view text) {
  if (text.empty() || text.size() > kLongestAddressText || text.contains('\0')) return std::nullopt;
  std::array<char, kLongestAddressText + 1> terminated{};
  text.copy(terminated.data(), text.size());
  std::array<uint8_t, 16> octets;
  if (inet_pton(AF_INET, terminated.data(), octets.data()) == 1) return v4(load_be32(octets.data()));
  if (inet_pton(AF_INET6, terminated.data(), octets.data()) != 1) return std::nullopt;
  return v6(load_be64(octets.data()), load_be64(octets.data() + 8));
}

std::string IpAddress::to_string() const {
  std::array<uint8_t, 16> octets;
  std::array<char, kLongestAddressText + 1> text{};
  if (is_v4()) {
    store_be32(octets.data(), static_cast<uint32_t>(lo));
  } else {
    store_be64(octets.data(), hi);
    store_be64(octets.data() + 8, lo);
  }
  inet_ntop(is_v4() ? AF_INET : AF_INET6, octets.data(), text.data(), text.size());
  return text.data();
}

std::optional<Endpoint> Endpoint::parse(std::string_view text) {
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const auto port = parse_number<uint16_t>(text.substr(colon + 1));
  auto host = text.substr(0, colon);
  const bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
  if (bracketed) host = host.substr(1, host.size() - 2);
  const auto ip = IpAddress::parse(host);
  if (!ip || !port || ip->is_v6() != bracketed) return std::nullopt;
  return Endpoint{*ip, *port};
}

std::string Endpoint::to_string() const {
  const auto host = ip.is_v6() ? "[" + ip.to_string() + "]" : ip.to_string();
  return host + ":" + std::to_string(port);
}

std::optional<IpPrefix> IpPrefix::parse(std::string_view text) {
  const auto slash = text.find('/');
  const auto address = IpAddress::parse(text.substr(0, slash));
  if (!address) return std::nullopt;
  const int longest = address->is_v4() ? 32 : 128;
  if (slash == std::string_view::npos) return IpPrefix{*address, longest};
  const auto bits = parse_number<uint8_t>(text.substr(slash + 1));
  if (!bits || *bits > longest || masked(*address, *bits) != *address) return std::nullopt;
  return IpPrefix{*address, *bits};
}

bool IpPrefix::contains(const IpAddress& address) const {
  return address.family == first.family && masked(address, bits) == first;
}

std::string IpPrefix::to_string() const { return first.to_string() + "/" + std::to_string(bits); }

}  // namespace base
