// Any rules and any peer: rules read back as written, a deny rule always denies, no disguise opens an
// address. The input is an address (family, 16 octets), a port, and lines of rules: "+RULE" allows, "-RULE"
// denies.
#include <string>

#include "base/bytes.h"
#include "relay/peer_policy.h"

namespace {

void require(bool holds) {
  if (!holds) __builtin_trap();
}

base::IpAddress address_in(const uint8_t* octets) {
  if (octets[0] & 1) return base::IpAddress::v4(base::load_be32(octets + 1));
  return base::IpAddress::v6(base::load_be64(octets + 1), base::load_be64(octets + 9));
}

void read_rules(std::string_view text, relay::PeerPolicyOptions& options) {
  while (!text.empty()) {
    const auto line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    if (line.empty()) continue;
    const auto rule = relay::PeerRule::parse(line.substr(1));
    if (!rule) continue;
    require(relay::PeerRule::parse(rule->to_string())->to_string() == rule->to_string());
    (line[0] == '-' ? options.deny : options.allow).push_back(*rule);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 19) return 0;
  const base::Endpoint peer{address_in(data), base::load_be16(data + 17)};
  relay::PeerPolicyOptions options;
  read_rules({reinterpret_cast<const char*>(data + 19), size - 19}, options);
  const relay::PeerPolicy policy(options);

  const auto decision = policy.explain(peer.ip, peer.port);
  require(policy.permits(peer) == decision.allowed && !decision.hairpin && !decision.rule.empty());
  require(!decision.allowed || policy.permits(peer.ip));
  require(!decision.allowed || peer.port != 0);
  for (const auto& rule : options.deny) {
    require(!decision.allowed || !rule.prefix.contains(peer.ip) || !rule.covers(peer.port));
  }
  for (const auto& rule : options.allow) {
    const bool decided = decision.allowed && decision.rule == "relay.allow_peers " + rule.to_string();
    require(!decided || !policy.why_void(rule));
  }
  for (const auto& inside : relay::embedded_ipv4s(peer.ip)) {
    require(!decision.allowed || policy.permits(base::Endpoint{inside.address, peer.port}));
  }
  return 0;
}
