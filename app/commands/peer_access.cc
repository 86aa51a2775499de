// icebox peer add, token, invite, otp: what lets a device in. Tokens are shown once and stored as a hash.
#include <unistd.h>

#include <algorithm>
#include <iostream>

#include "app/commands/peer.h"
#include "app/commands/peer_words.h"
#include "app/config/duration.h"
#include "app/data_dir.h"
#include "app/page_url.h"
#include "app/qr.h"
#include "net/system_random.h"
#include "signaling/one_time_password.h"
#include "signaling/peer_name.h"
#include "signaling/token.h"
#include "storage/accounts.h"
#include "storage/invitations.h"
#include "storage/peers.h"
#include "storage/read_peers.h"
#include "storage/tokens.h"

namespace app {
namespace {

using Json = nlohmann::ordered_json;
using Done = std::expected<void, std::string>;

void show_token(const PeerArguments& arguments, Json json, const signaling::Token& token) {
  json["token"] = token.text;
  std::cout << (arguments.json ? to_json_line(json) : "token: " + token.text + "\n");
}

// For a camera, if somebody looks.
void show_qr(std::string_view text) {
  if (::isatty(STDOUT_FILENO) == 0) return;
  if (const auto code = qr_for_terminal(text, QrColours::kAnsi)) std::cout << *code;
}

std::expected<storage::AccountId, std::string> find_or_add_user(storage::Connection& database,
                                                                const std::string& name) {
  const auto found = told(storage::find_account(database, name));
  if (!found) return std::unexpected(found.error());
  if (*found) return (*found)->id;
  return told(storage::add_account(database, name, storage::OpenInvitations::kAdopt, operator_now()));
}

Done add(const PeerArguments& arguments, const Config& config, storage::Connection& database) {
  const auto user_name = checked_name("the user name", arguments.words[0]);
  if (!user_name) return std::unexpected(user_name.error());
  const auto name = checked_name("the peer name", arguments.words[1]);
  if (!name) return std::unexpected(name.error());
  const auto kind = signaling::check_kind(arguments.kind);
  if (!kind) return std::unexpected(kind.error().text);
  net::SystemRandom random;
  const auto token = signaling::make_token(random);
  const auto peer = told(storage::add_peer_of(database, *user_name,
                                              {.name = *name,
                                               .kind = *kind,
                                               .verified = true,
                                               .token = token.hash,
                                               .max_peers = config.signaling.peers_per_user},
                                              operator_now(), consent_of(arguments)));
  if (!peer) return std::unexpected(peer.error());
  show_token(arguments, {{"id", std::to_underlying(*peer)}, {"user", *user_name}, {"name", *name}}, token);
  return {};
}

// Revokes what the peer had, so that a token that got lost, or into other hands, is worth nothing.
Done replace_tokens(const PeerArguments& arguments, storage::Connection& database) {
  const auto peers = told(storage::load_peer_snapshot(database));
  if (!peers) return std::unexpected(peers.error());
  const auto peer = find_trusted_peer(**peers, arguments);
  if (!peer) return std::unexpected(peer.error());
  net::SystemRandom random;
  const auto token = signaling::make_token(random);
  const auto revoked = told(storage::replace_tokens_of(database, (*peer)->id, token.hash, operator_now()));
  if (!revoked) return std::unexpected(revoked.error());
  show_token(arguments, {{"id", std::to_underlying((*peer)->id)}, {"revoked", *revoked}}, token);
  return {};
}

std::expected<std::string, std::string> url_for(const PeerArguments& arguments, const Config& config) {
  if (arguments.url.empty()) return page_url(config, gather_host_facts());
  if (!arguments.url.starts_with("https://") && !arguments.url.starts_with("http://"))
    return std::unexpected("--url is where browsers find this server, as https://turn.example.org");
  return arguments.url.ends_with('/') ? arguments.url.substr(0, arguments.url.size() - 1) : arguments.url;
}

Done invite(const PeerArguments& arguments, const Config& config, storage::Connection& database) {
  const auto ttl = parse_duration(arguments.ttl);
  if (!ttl || *ttl <= std::chrono::seconds(0) || *ttl > std::chrono::days{30})
    return std::unexpected("--ttl is a duration up to 720h, as 24h or 90m");
  const auto user = checked_name("the user name", arguments.words[0]);
  if (!user) return std::unexpected(user.error());
  const auto url = url_for(arguments, config);
  if (!url) return std::unexpected(url.error());
  net::SystemRandom random;
  const auto token = signaling::make_token(random);
  const auto stamp = operator_now();
  const storage::NewInvitation invitation{.hash = token.hash,
                                          .account = std::string_view(*user),
                                          .made_by = std::nullopt,
                                          .expires_at = stamp.at + *ttl,
                                          .self_registered = consent_of(arguments)};
  if (auto added = told(storage::add_invitation(database, invitation, stamp)); !added) return added;
  const auto link = *url + "/#invite=" + token.text;
  if (arguments.json) {
    std::cout << to_json_line(
        {{"url", link}, {"user", *user}, {"expires_at", invitation.expires_at.time_since_epoch().count()}});
  } else {
    std::cout << link << "\nfor one device of " << *user << ", until " << utc_text(invitation.expires_at)
              << '\n';
    show_qr(link);
  }
  return {};
}

// The secret of the user's one-time passwords, made if there is none or a fresh one is wanted.
std::expected<signaling::OtpSecret, std::string> otp_secret_of(storage::Connection& database,
                                                               const std::string& user, bool fresh,
                                                               storage::SelfRegistered consent) {
  const auto id = find_or_add_user(database, user);
  if (!id) return std::unexpected(id.error());
  const auto account = told(storage::find_account(database, user));
  if (!account) return std::unexpected(account.error());
  if (*account && (*account)->self_registered && consent == storage::SelfRegistered::kRefuse)
    return std::unexpected(
        "user \"" + printable(user) +
        "\" registered itself: it may be a stranger's; if you mean it, say --self-registered");
  signaling::OtpSecret secret{};
  if (*account && !fresh && (*account)->otp_secret.size() == secret.size()) {
    std::ranges::copy((*account)->otp_secret, secret.begin());
    return secret;
  }
  net::SystemRandom random;
  secret = signaling::make_otp_secret(random);
  if (auto set = told(storage::set_otp_secret(database, *id, secret, operator_now())); !set)
    return std::unexpected(set.error());
  return secret;
}

Done otp(const PeerArguments& arguments, const Config& config, storage::Connection& database) {
  const auto user = checked_name("the user name", arguments.words[0]);
  if (!user) return std::unexpected(user.error());
  const auto secret = otp_secret_of(database, *user, arguments.fresh, consent_of(arguments));
  if (!secret) return std::unexpected(secret.error());
  const auto uri = signaling::otp_uri(*secret, effective_realm(config), *user);
  const auto text = signaling::otp_secret_text(*secret);
  if (arguments.json) {
    std::cout << to_json_line({{"user", *user}, {"uri", uri}, {"secret", text}});
  } else {
    std::cout << uri << "\nfor an authenticator app; to type in: " << text << '\n';
    show_qr(uri);
  }
  return {};
}

template <typename Work>
void on_registry(const PeerCommand& command, int& status, Work work) {
  on_command(command.command, status, [arguments = command.arguments, work] {
    return with_registry(*arguments, [&](const Config& config, storage::Connection& database) {
      return work(*arguments, config, database);
    });
  });
}

}  // namespace

void add_peer_access_commands(CLI::App& group, int& status) {
  const auto added = add_peer_command(
      group, "add", "make a verified peer, and its user if new; prints its token, once", {"USER NAME", 2, 2});
  added.command->add_option("--kind", added.arguments->kind, "what it is, as \"browser\" or \"server\"");
  add_consent(added);
  on_registry(added, status, add);

  const auto replaced =
      add_peer_command(group, "token", "print a new token of a peer; what it had before is revoked",
                       {"USER NAME, or NUMBER, or FINGERPRINT", 1, 2});
  add_consent(replaced);
  on_registry(replaced, status, [](const auto& arguments, const Config&, auto& database) {
    return replace_tokens(arguments, database);
  });

  const auto invited = add_peer_command(
      group, "invite", "print a link that lets one new device in, and makes its user if new", {"USER", 1, 1});
  invited.command->add_option("--ttl", invited.arguments->ttl, "how long it may be used; default 24h");
  invited.command->add_option("--url", invited.arguments->url,
                              "where browsers find this server; default: as configured");
  add_consent(invited);
  on_registry(invited, status, invite);

  const auto passwords = add_peer_command(
      group, "otp", "show the secret of a user's one-time passwords; made, with the user, if there is none",
      {"USER", 1, 1});
  passwords.command->add_flag("--new", passwords.arguments->fresh,
                              "make another secret: the old one is void");
  add_consent(passwords);
  on_registry(passwords, status, otp);
}

}  // namespace app
