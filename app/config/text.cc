#include "app/config/text.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <optional>

#include "app/config/duration.h"

namespace app {
namespace {

template <typename Number>
std::optional<Number> parse_number(std::string_view text) {
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

template <typename Enum, size_t N>
struct NamesOf {
  std::array<std::pair<std::string_view, Enum>, N> names;

  FromText<Enum> parse(std::string_view text) const {
    for (const auto& [name, value] : names) {
      if (name == text) return value;
    }
    return std::unexpected("is none of the known words; write one of " + list());
  }
  std::string name_of(Enum value) const {
    const auto found = std::ranges::find(names, value, &std::pair<std::string_view, Enum>::second);
    return found == names.end() ? "?" : std::string(found->first);
  }
  std::string list() const {
    std::string text;
    for (const auto& [name, value] : names) text += (text.empty() ? "" : ", ") + std::string(name);
    return text;
  }
};

constexpr NamesOf<RestHash, 2> kRestHashes{{{{"sha1", RestHash::kSha1}, {"sha256", RestHash::kSha256}}}};
constexpr NamesOf<FastPath, 4> kFastPaths{
    {{{"auto", FastPath::kAuto}, {"tc", FastPath::kTc}, {"xdp", FastPath::kXdp}, {"off", FastPath::kOff}}}};
constexpr NamesOf<LogLevel, 5> kLogLevels{{{{"trace", LogLevel::kTrace},
                                            {"debug", LogLevel::kDebug},
                                            {"info", LogLevel::kInfo},
                                            {"warn", LogLevel::kWarn},
                                            {"error", LogLevel::kError}}}};
constexpr NamesOf<Registration, 3> kRegistrations{
    {{{"closed", Registration::kClosed}, {"otp", Registration::kOtp}, {"open", Registration::kOpen}}}};
constexpr NamesOf<LogFormat, 2> kLogFormats{{{{"text", LogFormat::kText}, {"json", LogFormat::kJson}}}};

struct SizeUnit {
  std::string_view name;
  uint64_t bytes;
};
constexpr std::array<SizeUnit, 3> kSizeUnits{{{"GiB", 1 << 30}, {"MiB", 1 << 20}, {"KiB", 1 << 10}}};
constexpr uint64_t kLargestSizeBytes = uint64_t{1} << 40;

base::IpAddress network_of(base::IpAddress address, int bits) {
  const int host_bits = (address.is_v4() ? 32 : 128) - bits;
  const auto clear_low = [](uint64_t word, int count) {
    if (count <= 0) return word;
    return count >= 64 ? 0 : word >> count << count;
  };
  address.lo = clear_low(address.lo, host_bits);
  address.hi = clear_low(address.hi, host_bits - 64);
  return address;
}

// Why base::IpPrefix::parse() refused `text`.
std::string prefix_fault(std::string_view text) {
  const auto slash = text.find('/');
  const auto address = base::IpAddress::parse(text.substr(0, slash));
  if (!address) return "is no address prefix; write for example \"10.0.0.0/8\" or \"2001:db8::/32\"";
  const int longest = address->is_v4() ? 32 : 128;
  const auto bits = parse_number<uint8_t>(text.substr(slash + 1));
  if (!bits || *bits > longest) {
    return "has no prefix length from 0 to " + std::to_string(longest) + " after the slash";
  }
  const base::IpPrefix network{network_of(*address, *bits), *bits};
  return "has bits set beyond its prefix length; write \"" + network.to_string() +
         "\" for the network or \"" + address->to_string() + "\" for the one address";
}

struct PeerRuleParts {
  std::string prefix;
  std::optional<std::string_view> ports;
};

// "[2001:db8::]/32:443" -> "2001:db8::/32" and "443". nullopt: no closing bracket, or something odd behind
// it.
std::optional<PeerRuleParts> split_bracketed(std::string_view text) {
  const auto bracket = text.find(']');
  if (bracket == std::string_view::npos) return std::nullopt;
  const auto rest = text.substr(bracket + 1);
  const auto colon = rest.find(':');
  const auto bits = rest.substr(0, colon);
  if (!bits.empty() && bits.front() != '/') return std::nullopt;
  PeerRuleParts parts{std::string(text.substr(1, bracket - 1)) + std::string(bits), std::nullopt};
  if (colon != std::string_view::npos) parts.ports = rest.substr(colon + 1);
  return parts;
}

// Without brackets a colon starts the ports only if it is the only one: IPv6 has at least two.
std::optional<PeerRuleParts> split_peer_rule(std::string_view text) {
  if (text.starts_with('[')) return split_bracketed(text);
  const auto colon = text.find(':');
  if (colon == std::string_view::npos || colon != text.rfind(':'))
    return PeerRuleParts{std::string(text), {}};
  return PeerRuleParts{std::string(text.substr(0, colon)), text.substr(colon + 1)};
}

constexpr std::string_view kPeerRuleCure =
    "is no peer rule; write for example \"10.0.0.0/8\", \"10.0.0.0/8:1024-65535\" or \"[2001:db8::]/32:443\"";

}  // namespace

template <>
FromText<Listener> from_text(std::string_view text) {
  return parse_listener_uri(text);
}

template <>
FromText<base::IpAddress> from_text(std::string_view text) {
  if (const auto address = base::IpAddress::parse(text)) return *address;
  if (text == "auto") {
    return std::unexpected(
        "asking a STUN server is not available yet; write the address itself, or [] for none");
  }
  return std::unexpected("is no IP address; write for example \"203.0.113.7\" or \"2001:db8::7\"");
}

template <>
FromText<base::Endpoint> from_text(std::string_view text) {
  if (const auto endpoint = base::Endpoint::parse(text)) return *endpoint;
  return std::unexpected("is no ADDRESS:PORT; write for example \"127.0.0.1:9641\" or \"[::1]:9641\"");
}

template <>
FromText<base::IpPrefix> from_text(std::string_view text) {
  if (const auto prefix = base::IpPrefix::parse(text)) return *prefix;
  return std::unexpected(prefix_fault(text));
}

template <>
FromText<PortRange> from_text(std::string_view text) {
  const auto dash = text.find('-');
  const auto low = parse_number<uint16_t>(text.substr(0, dash));
  const auto high = dash == std::string_view::npos ? low : parse_number<uint16_t>(text.substr(dash + 1));
  if (low && high) return PortRange{*low, *high};
  return std::unexpected("is no range of ports up to 65535; write for example \"49152-65535\"");
}

template <>
FromText<PeerRule> from_text(std::string_view text) {
  const auto parts = split_peer_rule(text);
  if (!parts) return std::unexpected(std::string(kPeerRuleCure));
  const auto prefix = base::IpPrefix::parse(parts->prefix);
  if (!prefix) {
    return std::unexpected(base::IpAddress::parse(parts->prefix.substr(0, parts->prefix.find('/')))
                               ? prefix_fault(parts->prefix)
                               : std::string(kPeerRuleCure));
  }
  if (!parts->ports) return PeerRule{*prefix, {}};
  const auto ports = from_text<PortRange>(*parts->ports);
  if (!ports) return std::unexpected(std::string(kPeerRuleCure));
  if (ports->high < ports->low) {
    return std::unexpected("has its ports in reverse; write the lower one first");
  }
  return PeerRule{*prefix, *ports};
}

template <>
FromText<ByteSize> from_text(std::string_view text) {
  uint64_t unit_bytes = 1;
  for (const auto& unit : kSizeUnits) {
    if (!text.ends_with(unit.name)) continue;
    text.remove_suffix(unit.name.size());
    unit_bytes = unit.bytes;
    break;
  }
  const auto count = parse_number<uint64_t>(text);
  if (count && *count <= kLargestSizeBytes / unit_bytes) return ByteSize{*count * unit_bytes};
  return std::unexpected("is no size up to 1024GiB; write for example \"64KiB\", \"1MiB\" or bytes");
}

template <>
FromText<std::chrono::seconds> from_text(std::string_view text) {
  if (const auto duration = parse_duration(text)) return *duration;
  return std::unexpected("is no duration; write for example \"1h30m\", \"90s\" or whole seconds");
}

template <>
FromText<RestHash> from_text(std::string_view text) {
  return kRestHashes.parse(text);
}
template <>
FromText<FastPath> from_text(std::string_view text) {
  return kFastPaths.parse(text);
}
template <>
FromText<Registration> from_text(std::string_view text) {
  return kRegistrations.parse(text);
}
template <>
FromText<LogLevel> from_text(std::string_view text) {
  return kLogLevels.parse(text);
}
template <>
FromText<LogFormat> from_text(std::string_view text) {
  return kLogFormats.parse(text);
}

std::string to_text(const Listener& value) { return to_string(value); }
std::string to_text(const base::IpAddress& value) { return value.to_string(); }
std::string to_text(const base::Endpoint& value) { return value.to_string(); }
std::string to_text(const base::IpPrefix& value) { return value.to_string(); }
std::string to_text(const PortRange& value) {
  return value.low == value.high ? std::to_string(value.low)
                                 : std::to_string(value.low) + "-" + std::to_string(value.high);
}
std::string to_text(const PeerRule& value) {
  if (value.ports == PortRange{}) return value.prefix.to_string();
  const auto address = value.prefix.first.to_string();
  return (value.prefix.first.is_v6() ? "[" + address + "]" : address) + "/" +
         std::to_string(value.prefix.bits) + ":" + to_text(value.ports);
}
std::string to_text(const ByteSize& value) {
  for (const auto& unit : kSizeUnits) {
    if (value.bytes != 0 && value.bytes % unit.bytes == 0) {
      return std::to_string(value.bytes / unit.bytes) + std::string(unit.name);
    }
  }
  return std::to_string(value.bytes);
}
std::string to_text(std::chrono::seconds value) { return format_duration(value); }
std::string to_text(RestHash value) { return kRestHashes.name_of(value); }
std::string to_text(FastPath value) { return kFastPaths.name_of(value); }
std::string to_text(Registration value) { return kRegistrations.name_of(value); }
std::string to_text(LogLevel value) { return kLogLevels.name_of(value); }
std::string to_text(LogFormat value) { return kLogFormats.name_of(value); }

}  // namespace app
