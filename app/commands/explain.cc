// icebox explain peer ADDRESS: may it be relayed to, and which rule decides.
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

#include "app/commands/commands.h"
#include "app/peer_policy_of.h"
#include "base/json_text.h"

namespace app {
namespace {

struct Arguments {
  ConfigArguments config;
  std::string address;
  bool json = false;
};

struct Peer {
  base::IpAddress ip;
  std::optional<uint16_t> port;
};

// "10.0.0.1", "10.0.0.1:80", "2001:db8::1", "[2001:db8::1]:80".
std::optional<Peer> parse_peer(std::string_view text) {
  if (const auto ip = base::IpAddress::parse(text)) return Peer{*ip, std::nullopt};
  if (const auto endpoint = base::Endpoint::parse(text)) return Peer{endpoint->ip, endpoint->port};
  return std::nullopt;
}

int explain(const Arguments& arguments) {
  const auto loaded = arguments.config.load();
  if (!loaded) return kWrongUsage;
  const auto peer = parse_peer(arguments.address);
  if (!peer) {
    fail("\"" + arguments.address +
         "\" is no peer address; write 192.0.2.1, 192.0.2.1:443, 2001:db8::1 or [2001:db8::1]:443");
    return kWrongUsage;
  }
  const relay::PeerPolicy policy(peer_policy_options(loaded->config, gather_host_facts()));
  const auto decision = policy.explain(peer->ip, peer->port);
  if (arguments.json) {
    std::cout << base::json_text(nlohmann::json{{"peer", arguments.address},
                                                {"allowed", decision.allowed},
                                                {"hairpin", decision.hairpin},
                                                {"rule", decision.rule}})
              << '\n';
    return kDone;
  }
  std::cout << arguments.address << ": " << (decision.allowed ? "allowed" : "denied") << " by "
            << decision.rule << '\n';
  if (decision.hairpin)
    std::cout << "  relayed addresses on it are reached inside the process, whatever this says\n";
  return kDone;
}

}  // namespace

void add_explain(CLI::App& program, int& status) {
  auto* command = program.add_subcommand("explain", "why the server decides as it does");
  command->require_subcommand(1);
  auto* peer =
      command->add_subcommand("peer", "whether a peer address may be relayed to, and which rule decides");
  auto arguments = std::make_shared<Arguments>();
  arguments->config.add_to(peer);
  peer->add_option("address", arguments->address)->required();
  peer->add_flag("--json", arguments->json, "for scripts");
  on_command(peer, status, [arguments] { return explain(*arguments); });
}

}  // namespace app
