// icebox_load: one run of the load generator, its result as one JSON object on standard output.
#include <CLI/CLI.hpp>
#include <functional>
#include <iostream>
#include <nlohmann/json.hpp>

#include "bench/generator/cycle_run.h"
#include "bench/generator/flood_run.h"
#include "bench/generator/idle_run.h"
#include "bench/generator/relay_run.h"
#include "bench/hub_commands.h"
#include "bench/load_report.h"
#include "net/system_clock.h"
#include "stun/rest_credential.h"

namespace {

using namespace bench::generator;
constexpr uint16_t kDiscardPort = 9;

// What the chosen subcommand does, once the command line is read: prints, and gives the exit status.
using Run = std::function<int()>;

struct Arguments {
  std::string server = "127.0.0.1:3478";
  std::string peer = "127.0.0.1";
  std::string secret;
  std::string sources = "10.64.0.0/12";
  double seconds = 5, warm_up_seconds = 0;
  bool direct = false, paired = false;
  std::string direction = "both";
  Site site;
  RelayOptions relay;
  CycleOptions cycles;
  IdleOptions idle;
  FloodOptions flood;
};

std::chrono::milliseconds duration(double seconds) {
  return std::chrono::milliseconds(static_cast<int64_t>(seconds * 1000));
}

[[noreturn]] void wrong(const std::string& option, const std::string& wanted) {
  throw CLI::ValidationError(option, wanted);
}

void read_site(Arguments& arguments) {
  const auto server = base::Endpoint::parse(arguments.server);
  if (!server) wrong("--server", "an address and port, as 192.0.2.1:3478 or [2001:db8::1]:3478");
  const auto peer = base::IpAddress::parse(arguments.peer);
  if (!peer) wrong("--peer", "an IP address");
  auto& site = arguments.site;
  site.server = *server;
  site.peer = *peer;
  if (arguments.secret.empty()) return;
  const auto expires = net::read_clocks().wall + std::chrono::hours(1);
  site.login.username = stun::rest_username(expires, "load");
  site.login.password = stun::rest_password(arguments.secret, site.login.username, stun::RestHash::kSha1);
}

template <typename Result>
int finish(const std::expected<Result, std::string>& result) {
  if (!result) {
    std::cerr << "icebox_load: " << result.error() << '\n';
    return 1;
  }
  std::cout << bench::report(*result).dump() << '\n';
  return 0;
}

void add_site(CLI::App& program, Arguments& arguments) {
  program.add_option("--server", arguments.server, "address:port of the TURN server or of the hub")
      ->capture_default_str();
  program.add_option("--user", arguments.site.login.username);
  program.add_option("--password", arguments.site.login.password);
  program.add_option("--secret", arguments.secret,
                     "REST secret to make a credential from, in place of a user");
  program.add_option("--peer", arguments.peer, "address of the peers' sockets")->capture_default_str();
  program.add_option("--client-netns", arguments.site.client_namespace, "network namespace of the clients");
  program.add_option("--peer-netns", arguments.site.peer_namespace, "network namespace of the peers");
  program.add_option("--watch", arguments.site.watched, "process whose CPU time and memory to report");
}

void add_relay(CLI::App& program, Arguments& arguments, Run& run) {
  auto* command = program.add_subcommand("relay", "media through allocations");
  auto& options = arguments.relay;
  command->add_flag("--direct", arguments.direct, "without a relay: what the generator itself can carry");
  command->add_flag("--paired", arguments.paired, "from allocation to allocation, in place of peers");
  command->add_option("--direction", arguments.direction, "to-peer, from-peer or both")
      ->check(CLI::IsMember({"to-peer", "from-peer", "both"}))
      ->capture_default_str();
  command->add_flag("--indications", options.indications, "Send and Data indications in place of channels");
  command->add_option("--allocations", options.allocations)->capture_default_str();
  command->add_option("--peers", options.peers, "peers' sockets, shared by the allocations")
      ->capture_default_str();
  command->add_option("--rate", options.packets_per_second, "packets a second, of all together")
      ->capture_default_str();
  command->add_option("--burst", options.burst, "packets of one flow back to back")->capture_default_str();
  command->add_option("--payload", options.payload_bytes, "octets")->capture_default_str();
  command->add_option("--seconds", arguments.seconds)->capture_default_str();
  command->add_option("--warm-up", arguments.warm_up_seconds, "seconds of the same load before, not counted")
      ->capture_default_str();
  command->add_option("--seed", options.seed, "of the order of flows")->capture_default_str();
  command->callback([&] {
    options.duration = duration(arguments.seconds);
    options.warm_up = duration(arguments.warm_up_seconds);
    options.path = arguments.direct ? Path::kDirect : arguments.paired ? Path::kPaired : Path::kRelayed;
    options.direction = arguments.direction == "to-peer"     ? Direction::kToPeer
                        : arguments.direction == "from-peer" ? Direction::kFromPeer
                                                             : Direction::kBoth;
    run = [&] { return finish(run_relay(arguments.site, options)); };
  });
}

void add_cycles(CLI::App& program, Arguments& arguments, Run& run) {
  auto* command =
      program.add_subcommand("cycles", "sessions that come and go: Allocate, ChannelBind, Refresh(0)");
  command->add_option("--rate", arguments.cycles.cycles_per_second, "cycles a second")->capture_default_str();
  command->add_option("--warm-up", arguments.warm_up_seconds, "seconds of the same load before, not counted")
      ->capture_default_str();
  command->add_option("--seconds", arguments.seconds)->capture_default_str();
  command->callback([&] {
    arguments.cycles.duration = duration(arguments.seconds);
    arguments.cycles.warm_up = duration(arguments.warm_up_seconds);
    arguments.cycles.peer = {arguments.site.peer, kDiscardPort};
    run = [&] { return finish(run_cycles(arguments.site, arguments.cycles)); };
  });
}

void add_idle(CLI::App& program, Arguments& arguments, Run& run) {
  auto* command = program.add_subcommand("idle", "allocations that only exist");
  command->add_option("--allocations", arguments.idle.allocations)->capture_default_str();
  command->add_option("--seconds", arguments.seconds, "how long to hold them")->capture_default_str();
  command->callback([&] {
    arguments.idle.hold = duration(arguments.seconds);
    run = [&] { return finish(run_idle(arguments.site, arguments.idle)); };
  });
}

void add_flood(CLI::App& program, Arguments& arguments, Run& run) {
  auto* command = program.add_subcommand("flood", "Binding and Allocate requests from made-up addresses");
  command->add_option("--requests", arguments.flood.requests)->capture_default_str();
  command->add_option("--warm-up", arguments.flood.warm_up, "requests before the first look at the server")
      ->capture_default_str();
  command->add_option("--sources", arguments.sources, "prefix of the addresses")->capture_default_str();
  command->add_option("--window", arguments.flood.window, "unanswered requests at most")
      ->capture_default_str();
  command->callback([&] {
    const auto sources = base::IpPrefix::parse(arguments.sources);
    if (!sources) wrong("--sources", "an IPv4 prefix, as 10.64.0.0/12");
    arguments.flood.sources = *sources;
    run = [&] { return finish(run_flood(arguments.site, arguments.flood)); };
  });
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App program(
      "Loads a TURN server over UDP, or a hub over WebSocket, and prints, as JSON, what came of it.");
  Arguments arguments;
  Run run;
  add_site(program, arguments);
  add_relay(program, arguments, run);
  add_cycles(program, arguments, run);
  add_idle(program, arguments, run);
  add_flood(program, arguments, run);
  const auto hub = bench::add_hub_commands(program, run);
  program.require_subcommand(1);
  program.parse_complete_callback([&] {
    read_site(arguments);
    hub->site.server = arguments.site.server;
    hub->site.watched = arguments.site.watched;
  });
  CLI11_PARSE(program, argc, argv);
  return run();
}
