// icebox status, sessions, kick, reload, drain: talk to the running server.
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

#include "app/commands/commands.h"
#include "app/commands/peer_words.h"
#include "app/control_socket.h"
#include "base/json_text.h"

namespace app {
namespace {

using nlohmann::json;

struct Arguments {
  ConfigArguments config;
  std::string id;
  std::string user;
  bool json_wanted = false;
};

using Print = void (*)(const json& answer);

std::string text_of(const json& value) {
  return value.is_string() ? value.get<std::string>() : base::json_text(value);
}

int ask(const Arguments& arguments, const json& request, Print print) {
  const auto loaded = arguments.config.load();
  if (!loaded) return kWrongUsage;
  const auto line = ask_server(loaded->config.data_dir, base::json_text(request));
  if (!line) return fail(line.error());
  const auto answer = json::parse(*line, nullptr, false);
  if (!answer.is_object()) return fail("the server's answer is no JSON; is it another version?");
  if (answer.contains("error")) {
    const auto status = fail(text_of(answer["error"]));
    const auto faults = answer.value("faults", json::array());
    for (size_t i = 1; i < faults.size(); ++i) fail("also: " + text_of(faults[i]));
    return status;
  }
  if (arguments.json_wanted) {
    std::cout << *line << '\n';
  } else {
    print(answer);
  }
  return kDone;
}

void print_status(const json& answer) {
  for (const auto& [key, value] : answer.items()) {
    if (value.is_array()) continue;
    std::cout << key << ": " << text_of(value) << '\n';
  }
  for (const auto& at : answer["listening"]) {
    std::cout << "listens: " << text_of(at["scheme"]) << ' ' << text_of(at["bound"]) << ", advertised "
              << text_of(at["advertised"]) << '\n';
  }
  for (const auto& pool : answer["relay_ports"]) {
    std::cout << "relay ports on " << text_of(pool["address"]) << ": " << pool["free"] << " of "
              << pool["ports"] << " free, " << pool["resting"] << " resting\n";
  }
}

void print_sessions(const json& answer) {
  for (const auto& session : answer["sessions"]) {
    const auto& name = session["peer"].is_string() ? session["peer"] : session["user"];
    std::cout << text_of(session["id"]) << "  " << printable(text_of(name)) << "  "
              << text_of(session["transport"]) << ' ' << text_of(session["client"]);
    for (const auto& relayed : session["relayed"]) std::cout << " -> " << text_of(relayed);
    if (session["relays"] == "tcp") std::cout << " over tcp, " << session["connections"] << " connection(s)";
    std::cout << "  " << session["age_seconds"] << " s old, " << session["expires_in_seconds"] << " s left, "
              << session["to_peers"]["bytes"] << " B out, " << session["to_client"]["bytes"] << " B in\n";
  }
  std::cout << answer["sessions"].size() << " session(s)\n";
}

void print_kick(const json& answer) { std::cout << answer["kicked"] << " session(s) ended\n"; }

void print_reload(const json& answer) {
  for (const auto& change : answer["changes"]) std::cout << text_of(change) << '\n';
  if (answer["changes"].empty()) std::cout << "nothing changed\n";
}

void print_drain(const json& answer) {
  std::cout << "draining: new allocations are refused, " << answer["allocations"] << " go on\n";
}

}  // namespace

void add_control_commands(CLI::App& program, int& status) {
  const auto command = [&](const char* name, const char* text) {
    auto* added = program.add_subcommand(name, text);
    auto arguments = std::make_shared<Arguments>();
    arguments->config.add_to(added);
    added->add_flag("--json", arguments->json_wanted, "for scripts");
    return std::pair(added, arguments);
  };
  const auto simple = [&](const char* name, const char* text, Print print) {
    auto [added, given] = command(name, text);
    on_command(added, status,
               [arguments = given, name, print] { return ask(*arguments, {{"command", name}}, print); });
  };
  simple("status", "what the running server is doing", print_status);
  simple("sessions", "its allocations", print_sessions);
  simple("reload", "read the configuration again; says per key whether it is applied", print_reload);
  simple("drain", "refuse new allocations, let the others end by themselves", print_drain);
  auto [kick, given] = command("kick", "end a session, or with --user all of a user's");
  kick->add_option("id", given->id, "as `icebox sessions` shows it")->check(refuse_non_utf8);
  kick->add_option("--user", given->user, "every session of this user")->check(refuse_non_utf8);
  on_command(kick, status, [arguments = given] {
    return ask(*arguments, {{"command", "kick"}, {"id", arguments->id}, {"user", arguments->user}},
               print_kick);
  });
}

}  // namespace app
