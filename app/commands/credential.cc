// icebox credential and icebox verify-credential.
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

#include "app/commands/commands.h"
#include "app/credential.h"
#include "app/data_dir.h"
#include "app/domain_name.h"
#include "app/ice_server_settings.h"
#include "base/json_text.h"
#include "net/system_clock.h"
#include "net/system_random.h"
#include "storage/database.h"
#include "storage/read_peers.h"
#include "storage/users.h"

namespace app {
namespace {

struct Arguments {
  ConfigArguments config;
  std::string user;
  std::optional<long> ttl_seconds;
  std::string username, password;
  bool json = false;
};

std::expected<std::shared_ptr<const AuthSettings>, std::string> auth_of(const Config& config) {
  net::SystemRandom random;
  const auto secret = config.auth.secret.empty() ? load_or_make_secret(config.data_dir, random)
                                                 : std::expected<std::string, std::string>(std::string());
  if (!secret) return std::unexpected(secret.error());
  return make_auth_settings(config, *secret);
}

// What the configuration says is served; a port of 0 is known to the running server only.
std::vector<Listening> configured_listeners(const Config& config) {
  const auto facts = gather_host_facts();
  std::optional<net::Certificate> certificate;
  if (!config.tls.certificate.empty()) {
    if (auto loaded = net::Certificate::load(config.tls.certificate, config.tls.key)) certificate = *loaded;
  }
  const auto name = domain_name(config, certificate);
  std::vector<Listening> listening;
  for (const auto& listener : config.listen) {
    listening.push_back({listener.scheme,
                         listener.endpoint,
                         {advertised_address(config, facts, listener.endpoint.ip), listener.endpoint.port},
                         name});
  }
  return listening;
}

int credential(const Arguments& arguments) {
  const auto loaded = arguments.config.load();
  if (!loaded) return kWrongUsage;
  const auto& config = loaded->config;
  const auto auth = auth_of(config);
  if (!auth) return fail(auth.error());
  const auto ttl =
      arguments.ttl_seconds ? std::chrono::seconds(*arguments.ttl_seconds) : config.auth.credential_ttl;
  if (ttl <= std::chrono::seconds(0) || ttl > config.auth.max_credential_ttl) {
    std::cerr << "icebox: --ttl " << ttl.count() << " is not within 1 and auth.max_credential_ttl ("
              << config.auth.max_credential_ttl.count() << " s)\n";
    return kWrongUsage;
  }
  auto settings = ice_server_settings(config, **auth, configured_listeners(config));
  settings.ttl = ttl;
  const auto minted = hub::mint(settings, arguments.user, net::read_clocks().wall);
  auto uris = settings.stun_urls;
  uris.insert(uris.end(), settings.turn_urls.begin(), settings.turn_urls.end());
  const nlohmann::ordered_json shown{{"username", minted.username},
                                     {"password", minted.password},
                                     {"ttl", minted.ttl.count()},
                                     {"uris", uris}};
  std::cout << base::json_text(shown) << '\n';
  return kDone;
}

int verify(const Arguments& arguments) {
  const auto loaded = arguments.config.load();
  if (!loaded) return kWrongUsage;
  const auto auth = auth_of(loaded->config);
  if (!auth) return fail(auth.error());
  auto database = storage::open_database(loaded->config.data_dir);
  if (!database) return fail(database.error().text);
  const auto users = storage::load_user_snapshot(*database);
  if (!users) return fail(users.error().text);
  const auto peers = storage::load_peer_snapshot(*database);
  if (!peers) return fail(peers.error().text);
  const auto verdict = verify_credential({**auth, **users, **peers}, arguments.username, arguments.password,
                                         net::read_clocks().wall);
  if (arguments.json) {
    std::cout << base::json_text(nlohmann::json{{"accepted", verdict.accepted}, {"reason", verdict.reason}})
              << '\n';
  } else {
    std::cout << (verdict.accepted ? "accepted: " : "refused: ") << verdict.reason << '\n';
  }
  return verdict.accepted ? kDone : kFailed;
}

}  // namespace

void add_credential(CLI::App& program, int& status) {
  auto* command = program.add_subcommand("credential", "mint a REST credential, as JSON");
  auto arguments = std::make_shared<Arguments>();
  arguments->config.add_to(command);
  command->add_option("--user", arguments->user, "whom it is for: quotas count by this name")
      ->check(refuse_non_utf8);
  command->add_option("--ttl", arguments->ttl_seconds, "seconds; default auth.credential_ttl");
  command->add_flag("--json", arguments->json, "the answer always is JSON");
  on_command(command, status, [arguments] { return credential(*arguments); });
}

void add_verify_credential(CLI::App& program, int& status) {
  auto* command = program.add_subcommand("verify-credential",
                                         "say whether a credential would be accepted now, or why not");
  auto arguments = std::make_shared<Arguments>();
  arguments->config.add_to(command);
  command->add_option("username", arguments->username)->required()->check(refuse_non_utf8);
  command->add_option("password", arguments->password)->required()->check(refuse_non_utf8);
  command->add_flag("--json", arguments->json, "for scripts");
  on_command(command, status, [arguments] { return verify(*arguments); });
}

}  // namespace app
