#include "bench/hub_commands.h"

#include <sys/resource.h>

#include <fstream>
#include <iostream>

#include "bench/generator/hub/accounts.h"
#include "bench/generator/hub/hub_idle_run.h"
#include "bench/generator/hub/hub_reconnect_run.h"
#include "bench/generator/hub/hub_relay_run.h"
#include "bench/hub_report.h"

namespace bench {
namespace {

using namespace generator::hub;

std::chrono::milliseconds duration(double seconds) {
  return std::chrono::milliseconds(static_cast<int64_t>(seconds * 1000));
}

int complain(const std::string& what) {
  std::cerr << "icebox_load: " << what << '\n';
  return 1;
}

template <typename Result>
int finish(const std::expected<Result, std::string>& result) {
  if (!result) return complain(result.error());
  std::cout << report(*result).dump() << '\n';
  return 0;
}

// One descriptor to a client, and a few more; what is not granted will be missed later, with its reason.
void raise_file_limit(size_t clients) {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  const rlim_t wanted = clients + 1000;
  if (limit.rlim_cur >= wanted) return;
  const rlimit raised{wanted, std::max(limit.rlim_max, wanted)};
  if (::setrlimit(RLIMIT_NOFILE, &raised) == 0) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

int write_accounts(const HubArguments& arguments) {
  const auto tokens = add_accounts(arguments.data_dir, arguments.clients);
  if (!tokens) return complain(tokens.error());
  std::ofstream file(arguments.tokens_file);
  for (const auto& token : *tokens) file << token << '\n';
  return file.flush() ? 0 : complain(arguments.tokens_file + ": cannot be written");
}

// What every run needs to know, from the command line's words.
void read_hub_site(HubArguments& arguments) {
  auto& site = arguments.site;
  raise_file_limit(arguments.clients);
  if (arguments.dialect == "peerjs") site.wire.dialect = Dialect::kPeerJs;
  if (site.wire.path.empty()) site.wire.path = arguments.dialect == "peerjs" ? "/peerjs/peerjs" : "/ws";
  std::ifstream file(arguments.tokens_file);
  for (std::string token; std::getline(file, token);) site.tokens.push_back(token);
}

CLI::App* add_run(CLI::App& program, HubArguments& arguments, const char* name, const char* what) {
  auto* command = program.add_subcommand(name, what);
  auto& site = arguments.site;
  command->add_option("--dialect", arguments.dialect, "icebox or peerjs")
      ->check(CLI::IsMember({"icebox", "peerjs"}))
      ->capture_default_str();
  command->add_option("--path", site.wire.path, "of the WebSocket; default: /ws, of peerjs /peerjs/peerjs");
  command->add_option("--key", site.wire.key, "of peerjs")->capture_default_str();
  command->add_option("--tokens", arguments.tokens_file, "of icebox: what hub-accounts wrote");
  command->add_option("--clients", arguments.clients, "an even number: they talk in pairs")
      ->capture_default_str();
  command->add_option("--sources", site.sources, "loopback addresses to come from")->capture_default_str();
  command->add_option("--window", site.window, "handshakes under way at most")->capture_default_str();
  return command;
}

void add_accounts_command(CLI::App& program, HubArguments& arguments, std::function<int()>& run) {
  auto* command = program.add_subcommand(
      "hub-accounts",
      "makes accounts of two peers each in the data directory of an icebox that is not running");
  command->add_option("--data", arguments.data_dir, "data directory")->required();
  command->add_option("--tokens", arguments.tokens_file, "file to write their tokens to")->required();
  command->add_option("--clients", arguments.clients, "peers in all")->capture_default_str();
  command->callback([&] { run = [&] { return write_accounts(arguments); }; });
}

void add_relay_command(CLI::App& program, HubArguments& arguments, std::function<int()>& run) {
  auto* command = add_run(program, arguments, "hub-relay", "messages between the peers of each pair");
  auto& options = arguments.relay;
  command->add_flag("--confirm", arguments.site.wire.confirms, "of icebox: receivers confirm what they got");
  command->add_option("--rate", options.messages_per_second, "messages a second, of all together")
      ->capture_default_str();
  command->add_option("--payload", options.payload_bytes, "octets")->capture_default_str();
  command->add_option("--seconds", arguments.seconds)->capture_default_str();
  command->add_option("--warm-up", arguments.warm_up_seconds, "seconds of the same load before, not counted")
      ->capture_default_str();
  command->add_option("--seed", options.seed, "of the order of senders")->capture_default_str();
  command->callback([&] {
    run = [&] {
      read_hub_site(arguments);
      options.clients = arguments.clients;
      options.duration = duration(arguments.seconds);
      options.warm_up = duration(arguments.warm_up_seconds);
      return finish(run_hub_relay(arguments.site, options));
    };
  });
}

void add_idle_command(CLI::App& program, HubArguments& arguments, std::function<int()>& run) {
  auto* command = add_run(program, arguments, "hub-idle", "clients that are only attached");
  command->add_option("--seconds", arguments.seconds, "how long to hold them")->capture_default_str();
  command->callback([&] {
    run = [&] {
      read_hub_site(arguments);
      arguments.idle = {.clients = arguments.clients, .hold = duration(arguments.seconds)};
      return finish(run_hub_idle(arguments.site, arguments.idle));
    };
  });
}

void add_reconnect_command(CLI::App& program, HubArguments& arguments, std::function<int()>& run) {
  auto* command = add_run(program, arguments, "hub-reconnect",
                          "all connections are cut at once and come back, while messages go on");
  auto& options = arguments.reconnect;
  command->add_option("--rate", options.messages_per_second, "messages a second, of all together")
      ->capture_default_str();
  command->add_option("--payload", options.payload_bytes, "octets")->capture_default_str();
  command->add_option("--seconds", arguments.seconds, "from the cut on, at least")->capture_default_str();
  command->callback([&] {
    run = [&] {
      read_hub_site(arguments);
      arguments.site.wire.confirms = true;
      options.clients = arguments.clients;
      options.after = duration(arguments.seconds);
      return finish(run_hub_reconnect(arguments.site, options));
    };
  });
}

}  // namespace

std::shared_ptr<HubArguments> add_hub_commands(CLI::App& program, std::function<int()>& run) {
  auto arguments = std::make_shared<HubArguments>();
  arguments->site.wire.path.clear();
  add_accounts_command(program, *arguments, run);
  add_relay_command(program, *arguments, run);
  add_idle_command(program, *arguments, run);
  add_reconnect_command(program, *arguments, run);
  return arguments;
}

}  // namespace bench
