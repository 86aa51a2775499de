// icebox user add, list, remove, passwd: long-term users of the data directory.
#include <termios.h>
#include <unistd.h>

#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

#include "app/commands/commands.h"
#include "app/data_dir.h"
#include "base/json_text.h"
#include "net/system_clock.h"
#include "net/system_random.h"
#include "storage/database.h"
#include "storage/users.h"

namespace app {
namespace {

struct Arguments {
  ConfigArguments config;
  std::string name;
  std::optional<std::string> password;
  bool json = false;
};

std::string made_up_password() {
  net::SystemRandom random;
  std::string password;
  constexpr std::string_view kAlphabet =
      "abcdefghjkmnpqrstuvwxyz23456789";  // nothing that looks like another
  while (password.size() < 20) {
    const auto octet = random.word<uint16_t>();
    if (octet < 65536 / kAlphabet.size() * kAlphabet.size()) password += kAlphabet[octet % kAlphabet.size()];
  }
  return password;
}

// From the terminal without echo, or a line of standard input.
std::string ask_password() {
  const bool terminal = ::isatty(STDIN_FILENO) != 0;
  termios before{};
  if (terminal) {
    std::cerr << "password (empty: a random one): ";
    ::tcgetattr(STDIN_FILENO, &before);
    termios silent = before;
    silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    ::tcsetattr(STDIN_FILENO, TCSANOW, &silent);
  }
  std::string password;
  std::getline(std::cin, password);
  if (terminal) {
    ::tcsetattr(STDIN_FILENO, TCSANOW, &before);
    std::cerr << '\n';
  }
  return password;
}

storage::UserKeys keys_of(std::string_view name, std::string_view realm, std::string_view password) {
  const auto keys = stun::derive_long_term_keys(name, realm, password);
  return {std::string(realm), keys.md5, keys.sha256, stun::userhash(name, realm)};
}

// Prepares name and password and hands both with an open database to `write`.
template <typename Write>
int with_user(const Arguments& arguments, bool needs_password, Write&& write) {
  const auto loaded = arguments.config.load();
  if (!loaded) return kWrongUsage;
  const auto name = stun::opaque_string(arguments.name);
  if (!name)
    return fail("user name \"" + arguments.name + "\": " + std::string(stun::describe(name.error())));
  storage::UserKeys keys;
  std::string shown;
  if (needs_password) {
    std::string password = arguments.password ? *arguments.password : ask_password();
    if (password.empty()) password = shown = made_up_password();
    const auto prepared = stun::opaque_string(password);
    if (!prepared) return fail("password: " + std::string(stun::describe(prepared.error())));
    keys = keys_of(*name, effective_realm(loaded->config), *prepared);
  }
  auto database = storage::open_database(loaded->config.data_dir);
  if (!database) return fail(database.error().text);
  const storage::Outcome outcome = write(*database, *name, keys, net::read_clocks().wall);
  if (!outcome) return fail(outcome.error().text);
  if (!shown.empty()) std::cout << "password: " << shown << '\n';
  return kDone;
}

int list(const Arguments& arguments) {
  const auto loaded = arguments.config.load();
  if (!loaded) return kWrongUsage;
  auto database = storage::open_database(loaded->config.data_dir);
  if (!database) return fail(database.error().text);
  const auto users = storage::list_users(*database);
  if (!users) return fail(users.error().text);
  auto rows = nlohmann::json::array();
  for (const auto& user : *users) {
    rows.push_back({{"name", user.name},
                    {"realm", user.keys.realm},
                    {"created_at", user.created_at.time_since_epoch().count()}});
  }
  if (arguments.json) {
    std::cout << base::json_text(rows) << '\n';
  } else {
    for (const auto& user : *users) std::cout << user.name << "\t" << user.keys.realm << '\n';
  }
  return kDone;
}

}  // namespace

void add_user(CLI::App& program, int& status) {
  auto* user = program.add_subcommand("user", "long-term users of the data directory");
  user->require_subcommand(1);
  const auto command = [&](const char* name, const char* text, bool named, bool password) {
    auto arguments = std::make_shared<Arguments>();
    auto* added = user->add_subcommand(name, text);
    arguments->config.add_to(added);
    if (named) added->add_option("name", arguments->name)->required();
    if (password) added->add_option("--password", arguments->password, "else asked for; empty: a random one");
    added->add_flag("--json", arguments->json, "for scripts");
    return std::pair(added, arguments);
  };
  auto [add, to_add] = command("add", "add a user; a running server knows it at once", true, true);
  on_command(add, status, [arguments = to_add] {
    return with_user(*arguments, true, [](auto& database, const auto& name, const auto& keys, auto now) {
      return storage::add_user(database, name, keys, now);
    });
  });
  auto [passwd, to_change] = command("passwd", "change a user's password", true, true);
  on_command(passwd, status, [arguments = to_change] {
    return with_user(*arguments, true, [](auto& database, const auto& name, const auto& keys, auto now) {
      return storage::set_password(database, name, keys, now);
    });
  });
  auto [remove, to_remove] = command("remove", "remove a user", true, false);
  on_command(remove, status, [arguments = to_remove] {
    return with_user(*arguments, false, [](auto& database, const auto& name, const auto&, auto) {
      return storage::remove_user(database, name);
    });
  });
  auto [listed, to_list] = command("list", "list the users", false, false);
  on_command(listed, status, [arguments = to_list] { return list(*arguments); });
}

}  // namespace app
