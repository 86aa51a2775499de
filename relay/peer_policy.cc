#include "relay/peer_policy.h"

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>

namespace relay {
namespace {

struct SpecialNetwork {
  std::string_view prefix;
  std::string_view name;
};

// The IANA special-purpose registries (RFC 6890 and its updates), as far as they are not globally reachable,
// the translation and tunnel prefixes through which an IPv4 address could be reached in disguise, and what
// clouds serve to their machines under public addresses. The first that fits is the one that people are told;
// the last ones catch what is not assigned at all.
constexpr auto kSpecialNetworks = std::to_array<SpecialNetwork>({
    {"0.0.0.0/8", "this network"},
    {"10.0.0.0/8", "private"},
    {"100.64.0.0/10", "carrier-grade NAT"},
    {"127.0.0.0/8", "loopback"},
    {"161.26.0.0/16", "IBM Cloud services, not public"},
    {"166.8.0.0/14", "IBM Cloud services, not public"},
    {"168.63.129.16/32", "Azure metadata"},
    {"169.254.0.0/16", "link-local, cloud metadata"},
    {"172.16.0.0/12", "private"},
    {"192.0.0.0/24", "IETF protocol assignments"},
    {"192.0.2.0/24", "documentation"},
    {"192.80.8.124/32", "Equinix Metal metadata"},
    {"192.88.99.0/24", "6to4 relay anycast"},
    {"192.168.0.0/16", "private"},
    {"198.18.0.0/15", "benchmarking"},
    {"198.51.100.0/24", "documentation"},
    {"203.0.113.0/24", "documentation"},
    {"224.0.0.0/4", "multicast"},
    {"240.0.0.0/4", "reserved"},
    {"::ffff:0:0/96", "IPv4-mapped: name the IPv4 address itself"},
    {"::ffff:0:0:0/96", "IPv4-translated (SIIT)"},
    {"::/128", "unspecified"},
    {"::1/128", "loopback"},
    {"::/96", "IPv4-compatible"},
    {"64:ff9b::/96", "NAT64"},
    {"64:ff9b:1::/48", "local-use NAT64"},
    {"100::/64", "discard-only"},
    {"2001::/23", "IETF protocol assignments, Teredo"},
    {"2001:db8::/32", "documentation"},
    {"2002::/16", "6to4"},
    {"3fff::/20", "documentation"},
    {"5f00::/16", "segment routing"},
    {"fc00::/7", "unique local"},
    {"fe80::/10", "link-local"},
    {"fec0::/10", "site-local"},
    {"ff00::/8", "multicast"},
    {"::/3", "not global unicast"},
    {"4000::/2", "not global unicast"},
    {"8000::/1", "not global unicast"},
});

struct ParsedNetwork {
  base::IpPrefix prefix;
  std::string_view name;
};

std::vector<ParsedNetwork> parse_special_networks() {
  std::vector<ParsedNetwork> networks;
  for (const auto& network : kSpecialNetworks)
    networks.push_back({*base::IpPrefix::parse(network.prefix), network.name});
  return networks;
}

const ParsedNetwork* special_network_of(const base::IpAddress& address) {
  static const auto networks = parse_special_networks();  // constant after its making
  const auto at = std::ranges::find_if(
      networks, [&](const ParsedNetwork& network) { return network.prefix.contains(address); });
  return at == networks.end() ? nullptr : &*at;
}

std::optional<uint16_t> parse_port(std::string_view text) {
  uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return port;
}

bool parse_ports(std::string_view text, PeerRule& rule) {
  const auto dash = text.find('-');
  const auto first = parse_port(text.substr(0, dash));
  const auto last = dash == std::string_view::npos ? first : parse_port(text.substr(dash + 1));
  if (!first || !last || *first > *last) return false;
  rule.first_port = *first;
  rule.last_port = *last;
  return true;
}

const PeerRule* matching(const std::vector<PeerRule>& rules, const base::IpAddress& peer,
                         std::optional<uint16_t> port, bool without_port_matches) {
  for (const auto& rule : rules) {
    if (!rule.prefix.contains(peer)) continue;
    if (port ? rule.covers(*port) : rule.covers_all_ports() || without_port_matches) return &rule;
  }
  return nullptr;
}

bool covers(const base::IpPrefix& outer, const base::IpPrefix& inner) {
  return outer.bits <= inner.bits && outer.contains(inner.first);
}

// A rule that denies all of `prefix` at all ports of `ports`; nullptr: none does so alone.
const PeerRule* denying_all(const std::vector<PeerRule>& deny, const base::IpPrefix& prefix,
                            const PeerRule& ports) {
  const auto at = std::ranges::find_if(deny, [&](const PeerRule& rule) {
    return covers(rule.prefix, prefix) && rule.first_port <= ports.first_port &&
           ports.last_port <= rule.last_port;
  });
  return at == deny.end() ? nullptr : &*at;
}

base::IpAddress last_of(const base::IpPrefix& prefix) {
  const auto ones_below = [](int bits) { return bits >= 64 ? 0 : ~uint64_t{0} >> std::max(bits, 0); };
  auto last = prefix.first;
  if (last.is_v4()) {
    last.lo |= ones_below(32 + prefix.bits);
  } else {
    last.hi |= ones_below(prefix.bits);
    last.lo |= ones_below(prefix.bits - 64);
  }
  return last;
}

// The smallest IPv4 prefix with both addresses.
base::IpPrefix common_prefix(const base::IpAddress& a, const base::IpAddress& b) {
  const int bits = std::countl_zero(static_cast<uint32_t>(a.lo ^ b.lo));
  const uint32_t mask = bits == 0 ? 0 : ~uint32_t{0} << (32 - bits);
  return {base::IpAddress::v4(static_cast<uint32_t>(a.lo) & mask), bits};
}

bool names_ports(const std::vector<PeerRule>& rules) {
  return std::ranges::any_of(rules, [](const PeerRule& rule) { return !rule.covers_all_ports(); });
}

}  // namespace

std::optional<PeerRule> PeerRule::parse(std::string_view text) {
  PeerRule rule;
  std::string_view ports;
  std::string address(text);
  if (text.starts_with('[')) {  // "[2001:db8::]/32:443", "[2001:db8::1]:443"
    const auto bracket = text.find(']');
    if (bracket == std::string_view::npos) return std::nullopt;
    auto rest = text.substr(bracket + 1);
    const auto colon = rest.find(':');
    address = std::string(text.substr(1, bracket - 1)) + std::string(rest.substr(0, colon));
    if (colon != std::string_view::npos) ports = rest.substr(colon + 1);
    if (colon != std::string_view::npos && ports.empty()) return std::nullopt;
  } else if (const auto colon = text.find(':'); colon != std::string_view::npos && text.rfind(':') == colon) {
    address = text.substr(0, colon);  // one colon: IPv4 with ports
    ports = text.substr(colon + 1);
    if (ports.empty()) return std::nullopt;
  }
  const auto prefix = base::IpPrefix::parse(address);
  if (!prefix || (!ports.empty() && !parse_ports(ports, rule))) return std::nullopt;
  rule.prefix = *prefix;
  return rule;
}

std::string PeerRule::to_string() const {
  if (covers_all_ports()) return prefix.to_string();
  const auto ports =
      std::to_string(first_port) + (first_port == last_port ? "" : "-" + std::to_string(last_port));
  if (prefix.first.is_v4()) return prefix.to_string() + ":" + ports;
  return "[" + prefix.first.to_string() + "]/" + std::to_string(prefix.bits) + ":" + ports;
}

EmbeddedIpv4s embedded_ipv4s(const base::IpAddress& address) {
  if (address.is_v4() || (address.hi == 0 && address.lo <= 1)) return {};  // :: and ::1 are themselves
  const auto low = [&](uint64_t word) { return base::IpAddress::v4(static_cast<uint32_t>(word)); };
  const uint64_t hi = address.hi;
  const uint64_t lo = address.lo;
  EmbeddedIpv4s found;
  if (hi == 0 && lo >> 32 == 0xffff) found.push_back({low(lo), "IPv4-mapped"});
  if (hi == 0 && lo >> 32 == 0xffff0000) found.push_back({low(lo), "SIIT"});  // RFC 2765 §2.1
  if (hi == 0 && lo >> 32 == 0) found.push_back({low(lo), "IPv4-compatible"});
  if (hi >> 48 == 0x2002) found.push_back({low(hi >> 16), "6to4"});
  if (hi == 0x0064ff9b00000000 && lo >> 32 == 0) found.push_back({low(lo), "NAT64"});
  if (hi >> 16 == 0x0064ff9b0001) {  // RFC 8215: of any length that RFC 6052 §2.2 knows
    found.push_back({low(lo), "local-use NAT64"});
    for (const auto inside : {low((hi & 0xffff) << 16 | (lo >> 40 & 0xffff)),
                              low((hi & 0xff) << 24 | (lo >> 32 & 0xffffff)), low(lo >> 24)}) {
      // 0.0.0.0/8 is what the shorter layouts read in the zeros of the longest.
      if (inside.lo >> 24 != 0) found.push_back({inside, "local-use NAT64"});
    }
  }
  if (hi >> 32 == 0x20010000) found.push_back({low(~lo), "Teredo"});                // RFC 4380 §4
  if ((lo >> 32 & 0xfdffffff) == 0x00005efe) found.push_back({low(lo), "ISATAP"});  // RFC 5214 §6.1
  return found;
}

PeerPolicy::PeerPolicy(PeerPolicyOptions options)
    : options_(std::move(options)),
      has_port_rules_(names_ports(options_.allow) || names_ports(options_.deny)) {}

bool PeerPolicy::is_relayed_address(const base::IpAddress& peer) const {
  return std::ranges::find(options_.relayed, peer) != options_.relayed.end();
}

PeerPolicy::Decision PeerPolicy::decide(const base::IpAddress& peer, std::optional<uint16_t> port) const {
  if (port == 0) return {.rule = "port 0 names no socket"};
  // Without a port: a deny rule counts if it covers every port, an allow rule if it covers any.
  if (const auto* rule = matching(options_.deny, peer, port, false)) {
    return {.rule = "relay.deny_peers " + rule->to_string()};
  }
  if (peer.unmapped() != peer) {  // whatever allow_peers says: IPv6 sockets do not send there
    const auto* mapped = special_network_of(peer);
    return {.rule = "built-in: " + mapped->prefix.to_string() + " (" + std::string(mapped->name) + ")"};
  }
  if (const auto* rule = matching(options_.allow, peer, port, true)) {
    return {.allowed = true, .rule = "relay.allow_peers " + rule->to_string()};
  }
  if (std::ranges::find(options_.own, peer) != options_.own.end()) {
    return {.rule = "an address of this server; relayed addresses on it are reached inside the process"};
  }
  if (const auto* network = special_network_of(peer)) {
    return {.rule = "built-in: " + network->prefix.to_string() + " (" + std::string(network->name) + ")"};
  }
  return {.allowed = true, .rule = "default: a public address"};
}

PeerPolicy::Decision PeerPolicy::explain(const base::IpAddress& peer, std::optional<uint16_t> port) const {
  auto decision = decide(peer, port);
  for (const auto& inside : embedded_ipv4s(peer)) {
    if (!decision.allowed) break;
    const auto of_inside = decide(inside.address, port);
    if (!of_inside.allowed) {
      decision = {.rule = std::string(inside.shape) + " form of " + inside.address.to_string() + ": " +
                          of_inside.rule};
    }
  }
  decision.hairpin = port != 0 && is_relayed_address(peer);
  return decision;
}

std::optional<std::string> PeerPolicy::why_void(const PeerRule& allow) const {
  if (allow.last_port == 0) return "names port 0, which no peer has; name the ports, or none for all";
  if (const auto* rule = denying_all(options_.deny, allow.prefix, allow)) {
    return "is covered by relay.deny_peers " + rule->to_string() +
           ", which is stronger; remove one of the two";
  }
  const auto first = embedded_ipv4s(allow.prefix.first), last = embedded_ipv4s(last_of(allow.prefix));
  for (size_t i = 0; i < std::min(first.size(), last.size()); ++i) {
    if (first[i].shape != last[i].shape) continue;
    const auto inside = common_prefix(first[i].address, last[i].address);
    const auto shape = std::string(first[i].shape);
    if (shape == "IPv4-mapped")
      return "holds IPv4-mapped addresses, which no IPv6 peer has; write " + inside.to_string();
    if (const auto* rule = denying_all(options_.deny, inside, allow)) {
      return "holds " + shape + " forms of " + inside.to_string() + ", which relay.deny_peers " +
             rule->to_string() + " denies; remove one of the two";
    }
    const auto* network = special_network_of(inside.first);
    const bool special = network && covers(network->prefix, inside);
    const bool also_allowed = std::ranges::any_of(options_.allow, [&](const PeerRule& rule) {
      return covers(rule.prefix, inside) || covers(inside, rule.prefix);
    });
    if (special && !also_allowed) {
      return "holds " + shape + " forms of " + inside.to_string() + ", which is denied as " +
             std::string(network->name) + "; allow " + inside.to_string() + " too, or remove it";
    }
  }
  return std::nullopt;
}

bool PeerPolicy::permits(const base::IpAddress& peer) const {
  const auto decision = explain(peer, std::nullopt);
  return decision.allowed || decision.hairpin;
}

bool PeerPolicy::is_for_relays_only(const base::Endpoint& peer) const {
  if (!is_relayed_address(peer.ip)) return false;
  const auto decision = explain(peer.ip, peer.port);
  return decision.hairpin && !decision.allowed;
}

bool PeerPolicy::permits(const base::Endpoint& peer) const {
  const auto decision = explain(peer.ip, peer.port);
  return decision.allowed || decision.hairpin;
}

}  // namespace relay
