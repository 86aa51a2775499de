// icebox serve: runs the appliance in the foreground.
#include <sys/resource.h>
#include <unistd.h>

#include <csignal>
#include <iostream>
#include <memory>

#include "app/appliance.h"
#include "app/banner.h"
#include "app/commands/commands.h"
#include "app/control_socket.h"
#include "app/first_invitation.h"
#include "app/log_start.h"
#include "app/operator_api.h"
#include "app/relay_addresses.h"
#include "app/self_check.h"
#include "app/terminal.h"
#include "net/signal_watch.h"

namespace app {
namespace {

// Every allocation and every TCP client takes a descriptor; the soft limit is for programs that select().
void raise_descriptor_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  (void)::setrlimit(RLIMIT_NOFILE, &limit);  // self_check says what is missing
}

// On standard output, and in the log unless one terminal shows both: there all of it would come twice.
void tell_start(Appliance& appliance) {
  const auto columns = terminal_columns(STDOUT_FILENO);
  std::cout << banner(appliance, columns) << first_invitation(appliance, columns.has_value()) << "ready"
            << std::endl;
  if (is_one_terminal(STDOUT_FILENO, STDERR_FILENO)) return;
  log_start(appliance.log(), appliance);
  appliance.log().info("ready");
}

// Until a signal ends it. kFailed if the control socket cannot be had.
int run(Appliance& appliance, const ConfigArguments& arguments) {
  Log& log = appliance.log();
  const auto reload = [&]() -> ReloadOutcome {
    auto again = arguments.read();
    if (again) fit_default_listeners(*again, gather_host_facts());
    auto outcome = again ? appliance.reload(std::move(*again)) : std::unexpected(again.error());
    log_reload(log, outcome);
    return outcome;
  };
  OperatorApi api(appliance, reload);
  const auto control = ControlSocket::open(
      appliance.loop(), appliance.config().data_dir,
      [&](const std::string& line, const ControlReply& reply) { api.handle(line, reply); });
  if (!control) return fail(control.error());

  const auto stop = [&](const char* signal) {
    log.info("stop", {{"signal", signal}, {"allocations", appliance.quotas().in_all()}});
    appliance.stop();
  };
  const net::SignalWatch interrupt(appliance.loop(), SIGINT, [&] { stop("SIGINT"); });
  const net::SignalWatch terminate(appliance.loop(), SIGTERM, [&] { stop("SIGTERM"); });
  const net::SignalWatch hang_up(appliance.loop(), SIGHUP, [&] { (void)reload(); });
  tell_start(appliance);
  appliance.run();
  return kDone;
}

// False: the configuration asks for what this host does not have; every such fault has been told.
bool is_possible(const Config& config, const HostFacts& facts) {
  bool possible = true;
  for (const auto& finding : self_check(config, facts)) {
    if (finding.severity != Severity::kError) continue;
    std::cerr << "icebox: " << finding.text << '\n';
    possible = false;
  }
  return possible;
}

int serve(const ConfigArguments& arguments) {
  auto loaded = arguments.load();
  if (!loaded) return kWrongUsage;
  std::signal(SIGPIPE, SIG_IGN);
  raise_descriptor_limit();
  auto facts = gather_host_facts();
  facts.exposed = exposed_paths(loaded->config.data_dir);
  fit_default_listeners(*loaded, facts);
  if (!is_possible(loaded->config, facts)) return kWrongUsage;
  Log log(loaded->config.log);
  auto appliance = Appliance::start(std::move(*loaded), std::move(facts), log);
  if (!appliance) return fail(appliance.error());
  const int status = run(**appliance, arguments);
  appliance->reset();  // its sessions' ends are logged
  if (status == kDone) log.info("stopped");
  return status;
}

}  // namespace

void add_serve(CLI::App& program, int& status) {
  auto* command = program.add_subcommand("serve", "run the appliance in the foreground");
  auto arguments = std::make_shared<ConfigArguments>();
  arguments->add_to(command);
  on_command(command, status, [arguments] { return serve(*arguments); });
}

}  // namespace app
