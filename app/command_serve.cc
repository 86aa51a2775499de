// icebox serve: runs the appliance in the foreground.
#include <sys/resource.h>

#include <csignal>
#include <iostream>
#include <memory>

#include "app/appliance.h"
#include "app/banner.h"
#include "app/commands.h"
#include "app/control_socket.h"
#include "app/operator_api.h"
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

int serve(const ConfigArguments& arguments) {
  auto loaded = arguments.load();
  if (!loaded) return kWrongUsage;
  std::signal(SIGPIPE, SIG_IGN);
  raise_descriptor_limit();
  auto started = Appliance::start(std::move(*loaded), gather_host_facts());
  if (!started) return fail(started.error());
  Appliance& appliance = **started;

  const auto reload = [&]() -> std::expected<std::vector<std::string>, std::string> {
    auto again = load_config_file(arguments.path(), arguments.options);
    if (!again) return std::unexpected("the old configuration stays: " + again.error().front());
    return appliance.reload(std::move(*again));
  };
  OperatorApi api(appliance, reload);
  const auto control = ControlSocket::open(
      appliance.loop(), appliance.config().data_dir,
      [&](const std::string& line, const ControlReply& reply) { api.handle(line, reply); });
  if (!control) return fail(control.error());

  const net::SignalWatch interrupt(appliance.loop(), SIGINT, [&] { appliance.stop(); });
  const net::SignalWatch terminate(appliance.loop(), SIGTERM, [&] { appliance.stop(); });
  const net::SignalWatch hang_up(appliance.loop(), SIGHUP, [&] {
    const auto outcome = reload();
    if (!outcome) {
      std::cerr << "icebox: reload: " << outcome.error() << '\n';
      return;
    }
    for (const auto& line : *outcome) std::cerr << "icebox: reload: " << line << '\n';
    if (outcome->empty()) std::cerr << "icebox: reload: nothing changed\n";
  });
  std::cout << banner(appliance) << "ready" << std::endl;
  appliance.run();
  return kDone;
}

}  // namespace

void add_serve(CLI::App& program, int& status) {
  auto* command = program.add_subcommand("serve", "run the appliance in the foreground");
  auto arguments = std::make_shared<ConfigArguments>();
  arguments->add_to(command);
  on_command(command, status, [arguments] { return serve(*arguments); });
}

}  // namespace app
