// Which peers may be relayed to: the wall between strangers and the operator's own network.
#pragma once

#include <boost/container/static_vector.hpp>
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "base/address.h"

namespace relay {

// "10.0.0.0/8" or, with ports, "10.0.0.0/8:1024-65535" and "[2001:db8::]/32:443".
struct PeerRule {
  base::IpPrefix prefix;
  uint16_t first_port = 0;
  uint16_t last_port = 65535;

  [[nodiscard]] static std::optional<PeerRule> parse(std::string_view text);
  [[nodiscard]] std::string to_string() const;
  [[nodiscard]] bool covers_all_ports() const { return first_port == 0 && last_port == 65535; }
  [[nodiscard]] bool covers(uint16_t port) const { return first_port <= port && port <= last_port; }
};

struct PeerPolicyOptions {
  std::vector<PeerRule> allow;       // relay.allow_peers
  std::vector<PeerRule> deny;        // relay.deny_peers: stronger than allow
  std::vector<base::IpAddress> own;  // every address of this host and every advertised one
  std::vector<base::IpAddress>
      relayed;  // addresses that relayed transport addresses have: reached by hairpin
};

// Decides in this order: deny_peers, allow_peers, addresses of this host, the built-in list of
// special-purpose networks, and then, for IPv6 that carries an IPv4 address inside (mapped, compatible, SIIT,
// 6to4, NAT64, Teredo, ISATAP), the same for the address inside. What no rule names is allowed, of IPv6
// within 2000::/3 only. Immutable; share it between threads.
class PeerPolicy {
 public:
  explicit PeerPolicy(PeerPolicyOptions options);

  struct Decision {
    bool allowed = false;
    bool hairpin = false;  // one of our relayed addresses: may be permitted, but is reached inside only
    std::string rule;      // which rule decided, for `explain peer`
  };
  // For people: says why. Ports may be nullopt: a permission covers all of an address.
  [[nodiscard]] Decision explain(const base::IpAddress& peer, std::optional<uint16_t> port) const;

  // Why a rule of allow_peers lets nobody pass, with the cure; nullopt: it may act.
  [[nodiscard]] std::optional<std::string> why_void(const PeerRule& allow) const;

  // Whether a permission may be made. An address of which only some ports are allowed may be permitted; each
  // packet then has to pass permits_port().
  [[nodiscard]] bool permits(const base::IpAddress& peer) const;
  [[nodiscard]] bool permits(const base::Endpoint& peer) const;
  // Whether only clients' relays may be reached there: a relayed address of ours, and no rule that allows
  // more.
  [[nodiscard]] bool is_for_relays_only(const base::Endpoint& peer) const;
  // Whether packets must be checked one by one because some rule names ports.
  [[nodiscard]] bool has_port_rules() const { return has_port_rules_; }
  [[nodiscard]] bool is_relayed_address(const base::IpAddress& peer) const;

 private:
  [[nodiscard]] Decision decide(const base::IpAddress& peer, std::optional<uint16_t> port) const;

  PeerPolicyOptions options_;
  bool has_port_rules_;
};

// An IPv4 address inside an IPv6 address, and the name of its shape.
struct EmbeddedIpv4 {
  base::IpAddress address;
  std::string_view shape;
};
using EmbeddedIpv4s = boost::container::static_vector<EmbeddedIpv4, 6>;
// None, one, or one for each layout that the address may have.
[[nodiscard]] EmbeddedIpv4s embedded_ipv4s(const base::IpAddress& address);

}  // namespace relay
