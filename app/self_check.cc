#include "app/self_check.h"

#include <algorithm>
#include <chrono>
#include <iterator>
#include <set>

#include "app/address_scope.h"
#include "app/config/text.h"
#include "app/peer_policy_of.h"
#include "app/relay_addresses.h"

namespace app {
namespace {

using base::IpAddress;

// No icebox was built before: an earlier clock has lost its battery, not gained wisdom.
constexpr base::WallTime kEarliestPlausible = std::chrono::sys_days{std::chrono::January / 1 / 2026};
// Below this a burst from one fast sender overflows a socket that serves hundreds of clients; this is asked
// for.
constexpr uint64_t kEnoughSocketBufferBytes = 4 * 1024 * 1024;
constexpr uint64_t kWantedSocketBufferBytes = 8 * 1024 * 1024;
// Descriptors besides relay sockets and connections: listeners, database, event loops.
constexpr uint64_t kSpareFiles = 256;
// A secret of the size that icebox makes for itself has 32 characters; short ones are guessed offline.
constexpr size_t kShortestGoodSecretBytes = 16;

using Findings = std::vector<Finding>;

void warn(Findings& findings, std::string text) { findings.push_back({Severity::kWarning, std::move(text)}); }

std::string host_addresses(const HostFacts& facts) {
  std::string text;
  for (const auto& address : facts.addresses) text += (text.empty() ? "" : ", ") + address.to_string();
  return text.empty() ? "none" : text;
}

void check_own_addresses(const Config& config, const HostFacts& facts, Findings& findings) {
  const auto check = [&](const std::string& what, const IpAddress& address) {
    if (is_on_host(facts, address)) return;
    findings.push_back({Severity::kError, what + ": " + address.to_string() +
                                              " is no address of this host, which has " +
                                              host_addresses(facts) +
                                              "; if it is the public side of a NAT, it belongs in "
                                              "external_ip; if the host gets it later, start "
                                              "icebox after it has, or listen on [::]"});
  };
  for (const auto& listener : config.listen) check("listen " + to_string(listener), listener.endpoint.ip);
  for (const auto& address : config.relay.addresses) check("relay.addresses", address);
}

std::set<IpAddress> advertised_addresses(const Config& config, const HostFacts& facts) {
  std::set<IpAddress> advertised;
  for (const auto& address : relay_addresses(config, facts)) advertised.insert(address.advertised);
  for (const auto& listener : config.listen) {
    advertised.insert(advertised_address(config, facts, listener.endpoint.ip));
  }
  return advertised;
}

std::string_view reach(AddressScope scope) {
  switch (scope) {
    case AddressScope::kLoopback:
      return "a loopback address: only this host reaches it";
    case AddressScope::kLinkLocal:
      return "a link-local address: only this network segment reaches it";
    case AddressScope::kPrivate:
      break;
    case AddressScope::kPublic:
      break;
  }
  return "a private address: clients elsewhere do not reach it";
}

void check_advertised(const Config& config, const HostFacts& facts, Findings& findings) {
  for (const auto& address : advertised_addresses(config, facts)) {
    const auto scope = scope_of(address);
    if (address.is_unspecified() || scope == AddressScope::kPublic) continue;
    warn(findings, "advertised " + address.to_string() + " is " + std::string(reach(scope)) +
                       "; if this host is behind 1:1 NAT, set external_ip to its public address");
  }
  for (const auto& address : config.external_ip) {
    if (is_on_host(facts, address)) continue;
    findings.push_back(
        {Severity::kNote, "external_ip " + address.to_string() +
                              " is not on this host: the NAT in front must pass the listening ports and "
                              "UDP " +
                              to_text(config.relay.ports) + " to it unchanged"});
  }
}

void check_relay_addresses(const Config& config, const HostFacts& facts, Findings& findings) {
  if (!relay_addresses(config, facts).empty()) return;
  warn(findings,
       "this host has no address to relay from yet: relaying begins when it gets one; connect it to a "
       "network, "
       "or to relay on this host alone name 127.0.0.1 in relay.addresses");
}

void check_clock(const Config&, const HostFacts& facts, Findings& findings) {
  if (facts.now >= kEarliestPlausible) return;
  warn(findings,
       "the clock is before 2026: time-limited credentials and certificates will be refused; run: "
       "timedatectl set-ntp true");
}

void check_open_files(const Config& config, const HostFacts& facts, Findings& findings) {
  const uint64_t relay_ports = uint64_t{config.relay.ports.size()} * relay_addresses(config, facts).size();
  const uint64_t sockets = std::min<uint64_t>(config.relay.allocations, relay_ports);
  const uint64_t connections = config.limits.connections;
  const uint64_t to_peers = config.relay.tcp_relay ? connections : 0;  // as many again, see server_options()
  const uint64_t wanted = sockets + connections + to_peers + kSpareFiles;
  if (facts.open_files >= wanted) return;
  const auto limit = std::to_string(wanted);
  warn(findings, "open files are limited to " + std::to_string(facts.open_files) + ", below " +
                     std::to_string(sockets) + " allocations and " + std::to_string(connections + to_peers) +
                     " connections; set LimitNOFILE=" + limit + " (systemd), or run: ulimit -n " + limit);
}

void check_buffer(const char* name, std::optional<uint64_t> bytes, Findings& findings) {
  if (!bytes || *bytes >= kEnoughSocketBufferBytes) return;
  warn(findings, std::string(name) + " is " + std::to_string(*bytes) +
                     ": bursts will be lost; run: sysctl -w " + name + "=" +
                     std::to_string(kWantedSocketBufferBytes));
}

void check_buffers(const Config&, const HostFacts& facts, Findings& findings) {
  check_buffer("net.core.rmem_max", facts.rmem_max_bytes, findings);
  check_buffer("net.core.wmem_max", facts.wmem_max_bytes, findings);
}

// The part of `range` that is in none of `reserved` is not empty.
bool leaves_a_gap(PortRange range, std::vector<PortRange> reserved) {
  std::ranges::sort(reserved);
  uint32_t next = range.low;
  for (const auto& covered : reserved) {
    if (covered.low <= next) next = std::max<uint32_t>(next, uint32_t{covered.high} + 1);
  }
  return next <= range.high;
}

void check_ephemeral_ports(const Config& config, const HostFacts& facts, Findings& findings) {
  if (!facts.ephemeral_ports) return;
  const auto& relay = config.relay.ports;
  const PortRange shared{std::max(relay.low, facts.ephemeral_ports->low),
                         std::min(relay.high, facts.ephemeral_ports->high)};
  if (shared.size() == 0 || !leaves_a_gap(shared, facts.reserved_ports)) return;
  std::string reserve;
  for (const auto& kept : facts.reserved_ports) reserve += to_text(kept) + ",";
  warn(findings, "relay.ports " + to_text(relay) + " overlaps the ports that the kernel hands out (" +
                     to_text(*facts.ephemeral_ports) +
                     "): the host's own connections will take relay ports; run: sysctl -w "
                     "net.ipv4.ip_local_reserved_ports=" +
                     reserve + to_text(relay));
}

void check_connection_tracking(const Config& config, const HostFacts& facts, Findings& findings) {
  if (!facts.conntrack_max) return;
  const auto ports = to_text(config.relay.ports);
  findings.push_back(
      {Severity::kNote,
       "nf_conntrack is loaded: it tracks every relayed flow, costs throughput, and drops packets beyond " +
           std::to_string(*facts.conntrack_max) + " flows; if the firewall needs no state for them, run: " +
           "nft 'add table inet icebox; add chain inet icebox in { type filter hook prerouting priority "
           "raw; }; add chain inet icebox out { type filter hook output priority raw; }; add rule inet "
           "icebox in udp dport " +
           ports + " notrack; add rule inet icebox out udp sport " + ports + " notrack'"});
}

void check_secrets(const Config& config, const HostFacts&, Findings& findings) {
  const bool short_one = std::ranges::any_of(config.auth.secret, [](const std::string& secret) {
    return !secret.empty() && secret.size() < kShortestGoodSecretBytes;
  });
  if (!short_one) return;
  warn(
      findings,
      "auth.secret is shorter than 16 characters: whoever sees one credential can guess it; for a longer one "
      "run: openssl rand -hex 16");
}

void check_data_directory(const Config&, const HostFacts& facts, Findings& findings) {
  for (const auto& [path, is_directory] : facts.exposed) {
    warn(findings, path + " is open to every user of this host, and holds secrets: chmod " +
                       (is_directory ? "700 " : "600 ") + path);
  }
}

void check_username_anonymity(const Config& config, const HostFacts&, Findings& findings) {
  if (!config.auth.username_anonymity) return;
  warn(findings,
       "auth.username_anonymity is on: clients that hide their names (libjuice does) are refused with REST "
       "credentials, whose names cannot be found by hash; give them users in auth.users or by: icebox user "
       "add");
}

// Users' keys are made of the realm, and a container has another host name each time that it is made.
void check_realm(const Config& config, const HostFacts& facts, Findings& findings) {
  if (!config.realm.empty() || !facts.has_passing_name) return;
  warn(findings, "realm is not set and follows the host name, " + facts.host_name +
                     ", which looks made up by a container runtime: in the next container all passwords of "
                     "`icebox user add` are refused; set realm, for example to the name of this service");
}

void check_peer_rules(const Config& config, const HostFacts&, Findings& findings) {
  for (auto& text : denied_rules(config)) warn(findings, std::move(text));
}

void check_metrics(const Config& config, const HostFacts&, Findings& findings) {
  const auto& endpoint = config.metrics.listen;
  if (!endpoint) return;
  if (!endpoint->ip.is_unspecified() && scope_of(endpoint->ip) != AddressScope::kPublic) return;
  warn(findings,
       "metrics.listen " + endpoint->to_string() +
           " is open to everybody and asks for no password; listen on 127.0.0.1 or an inner address");
}

Findings gravest_first(const Findings& findings) {
  Findings ordered;
  for (const auto severity : {Severity::kError, Severity::kWarning, Severity::kNote}) {
    std::ranges::copy_if(findings, std::back_inserter(ordered),
                         [severity](const Finding& finding) { return finding.severity == severity; });
  }
  return ordered;
}

}  // namespace

std::vector<Finding> self_check(const Config& config, const HostFacts& facts) {
  Findings findings;
  for (const auto check :
       {check_own_addresses, check_relay_addresses, check_advertised, check_clock, check_open_files,
        check_buffers, check_ephemeral_ports, check_connection_tracking, check_secrets, check_data_directory,
        check_username_anonymity, check_realm, check_peer_rules, check_metrics}) {
    check(config, facts, findings);
  }
  return gravest_first(findings);
}

}  // namespace app
