// icebox peer list, verify, rename, remove, remove-user, audit: who may meet whom, and who changed it.
#include "app/commands/peer.h"

#include <iostream>

#include "app/commands/peer_words.h"
#include "base/json_text.h"
#include "signaling/peer_name.h"
#include "storage/accounts.h"
#include "storage/audit.h"
#include "storage/database.h"
#include "storage/peers.h"
#include "storage/read_peers.h"

namespace app {
namespace {

using Json = nlohmann::ordered_json;
using Done = std::expected<void, std::string>;

Json time_or_null(const std::optional<base::WallTime>& time) {
  return time ? Json(time->time_since_epoch().count()) : Json();
}

Json to_json(const storage::Account& user, const storage::Peer& peer) {
  return {{"id", std::to_underlying(peer.id)},
          {"user", user.name},
          {"name", peer.name},
          {"kind", peer.kind},
          {"fingerprint", peer.fingerprint.empty() ? Json() : Json(peer.fingerprint)},
          {"verified", peer.verified_at.has_value()},
          {"verified_at", time_or_null(peer.verified_at)},
          {"created_at", peer.created_at.time_since_epoch().count()},
          {"last_connect_at", time_or_null(peer.last_connect_at)},
          {"legacy", peer.legacy},
          {"self_registered", user.self_registered}};
}

std::string user_of(const storage::Account& user) {
  return printable(user.name) + (user.self_registered ? " (self-registered)" : "");
}

// What the pages of both sides show of a device that waits (web/pages/words.js).
std::string code_of(const storage::Peer& peer) {
  if (peer.fingerprint.empty()) return {};
  return ", code " + peer.fingerprint.substr(0, 4) + " " + peer.fingerprint.substr(4, 4);
}

std::string line_of(const storage::Account& user, const storage::Peer& peer) {
  return std::to_string(std::to_underlying(peer.id)) + "\t" + user_of(user) + "\t" + printable(peer.name) +
         "\t" + (peer.kind.empty() ? "-" : printable(peer.kind)) + "\t" +
         (peer.verified_at ? "verified" : "waits for verification" + code_of(peer)) + "\t" +
         (peer.last_connect_at ? utc_text(*peer.last_connect_at) : "never connected") + "\t" +
         (peer.fingerprint.empty() ? "no fingerprint yet" : peer.fingerprint) + "\n";
}

Done list(const PeerArguments& arguments, storage::Connection& database) {
  const auto peers = told(storage::load_peer_snapshot(database));
  if (!peers) return std::unexpected(peers.error());
  auto rows = Json::array();
  std::string lines;
  for (const auto* user : (*peers)->accounts()) {
    if (!arguments.words.empty() && user->name != arguments.words.front()) continue;
    const auto own = (*peers)->peers_of(user->id);
    for (const auto* peer : own) {
      rows.push_back(to_json(*user, *peer));
      lines += line_of(*user, *peer);
    }
    if (own.empty()) lines += "-\t" + user_of(*user) + "\tno peers\n";
  }
  std::cout << (arguments.json ? to_json_line(rows) : lines);
  return {};
}

// Runs `change` on the peer that the words name.
template <typename Change>
Done change_peer(storage::Connection& database, std::span<const std::string> words, Change&& change) {
  const auto peers = told(storage::load_peer_snapshot(database));
  if (!peers) return std::unexpected(peers.error());
  const auto peer = find_peer(**peers, words);
  if (!peer) return std::unexpected(peer.error());
  return told(change((*peer)->id));
}

Done verify(const PeerArguments& arguments, const Config& config, storage::Connection& database) {
  const auto peers = told(storage::load_peer_snapshot(database));
  if (!peers) return std::unexpected(peers.error());
  const auto peer = find_trusted_peer(**peers, arguments);
  if (!peer) return std::unexpected(peer.error());
  return told(storage::verify_peer(database, (*peer)->id, operator_now(), config.signaling.peers_per_user));
}

std::expected<storage::AccountId, std::string> find_user(storage::Connection& database,
                                                         const std::string& name) {
  const auto account = told(storage::find_account(database, name));
  if (!account) return std::unexpected(account.error());
  if (*account) return (*account)->id;
  return std::unexpected("there is no user \"" + printable(name) + "\"; `icebox peer list` shows them");
}

Done remove_user(storage::Connection& database, const std::string& name) {
  const auto user = find_user(database, name);
  if (!user) return std::unexpected(user.error());
  return told(storage::remove_account(database, *user, operator_now()));
}

Done audit(const PeerArguments& arguments, storage::Connection& database) {
  std::optional<storage::AccountId> user;
  if (!arguments.words.empty()) {
    const auto found = find_user(database, arguments.words.front());
    if (!found) return std::unexpected(found.error());
    user = *found;
  }
  const auto entries = told(storage::list_audit(database, arguments.limit, user));
  if (!entries) return std::unexpected(entries.error());
  auto rows = Json::array();
  std::string lines;
  for (const auto& entry : *entries) {
    rows.push_back({{"at", entry.at.time_since_epoch().count()},
                    {"actor", entry.actor},
                    {"action", entry.action},
                    {"subject", entry.subject},
                    {"detail", entry.detail}});
    lines += utc_text(entry.at) + "\t" + printable(entry.actor) + "\t" + entry.action + "\t" +
             printable(entry.subject) + "\t" + printable(entry.detail) + "\n";
  }
  std::cout << (arguments.json ? to_json_line(rows) : lines);
  return {};
}

// A command that works on the database alone.
template <typename Work>
void on_registry(const PeerCommand& command, int& status, Work work) {
  on_command(command.command, status, [arguments = command.arguments, work] {
    return with_registry(
        *arguments, [&](const Config&, storage::Connection& database) { return work(*arguments, database); });
  });
}

void add_changes(CLI::App& group, int& status) {
  constexpr Words kOnePeer{"USER NAME, or NUMBER, or FINGERPRINT", 1, 2};
  const auto verified = add_peer_command(group, "verify", "let a waiting peer in", kOnePeer);
  add_consent(verified);
  on_command(verified.command, status, [arguments = verified.arguments] {
    return with_registry(*arguments, [&](const Config& config, storage::Connection& database) {
      return verify(*arguments, config, database);
    });
  });
  on_registry(add_peer_command(group, "rename", "give a peer another name",
                               {"USER NAME, or NUMBER, or FINGERPRINT; then NEW_NAME", 2, 3}),
              status, [](const auto& arguments, auto& database) {
                const std::span words(arguments.words);
                const auto name = checked_name("the peer name", words.back());
                if (!name) return Done(std::unexpected(name.error()));
                return change_peer(database, words.first(words.size() - 1), [&](storage::PeerId peer) {
                  return storage::rename_peer(database, peer, *name, operator_now());
                });
              });
  on_registry(add_peer_command(group, "remove", "remove a peer, its tokens and its invitations", kOnePeer),
              status, [](const auto& arguments, auto& database) {
                return change_peer(database, arguments.words, [&](storage::PeerId peer) {
                  return storage::remove_peer(database, peer, operator_now());
                });
              });
  on_registry(
      add_peer_command(group, "remove-user", "remove a user with all peers", {"USER", 1, 1}), status,
      [](const auto& arguments, auto& database) { return remove_user(database, arguments.words.front()); });
}

}  // namespace

std::expected<std::string, std::string> checked_name(std::string_view field, std::string_view name) {
  auto checked = signaling::check_name(field, name);
  if (!checked) return std::unexpected(checked.error().text);
  return *std::move(checked);
}

std::expected<const storage::Peer*, std::string> find_trusted_peer(const storage::PeerSnapshot& peers,
                                                                   const PeerArguments& arguments) {
  const auto peer = find_peer(peers, arguments.words);
  if (!peer || arguments.self_registered || !peers.find((*peer)->account)->self_registered) return peer;
  return std::unexpected(
      "the user of that peer, \"" + printable(peers.find((*peer)->account)->name) +
      "\", registered itself: it may be a stranger's; if you mean it, say --self-registered");
}

void add_consent(const PeerCommand& command) {
  command.command->add_flag("--self-registered", command.arguments->self_registered,
                            "also for a user that registered itself, and may be a stranger");
}

std::string to_json_line(const Json& json) { return base::json_text(json) + "\n"; }

int with_registry(const PeerArguments& arguments, const PeerWork& work) {
  const auto loaded = arguments.config.load();
  if (!loaded) return kWrongUsage;
  auto database = storage::open_database(loaded->config.data_dir);
  if (!database) return fail(database.error().text);
  const auto done = work(loaded->config, *database);
  return done ? kDone : fail(done.error());
}

PeerCommand add_peer_command(CLI::App& group, const char* name, const char* text, Words words) {
  auto arguments = std::make_shared<PeerArguments>();
  auto* command = group.add_subcommand(name, text);
  arguments->config.add_to(command);
  command->add_option("words", arguments->words, words.shown)
      ->required(words.at_least > 0)
      ->expected(words.at_least, words.at_most);
  command->add_flag("--json", arguments->json, "for scripts");
  return {command, arguments};
}

void add_peer(CLI::App& program, int& status) {
  auto* group = program.add_subcommand("peer", "users of the signaling hub and their peers");
  group->require_subcommand(1);
  add_peer_access_commands(*group, status);
  on_registry(add_peer_command(*group, "list", "list the peers, all or of one user", {"USER", 0, 1}), status,
              list);
  add_changes(*group, status);
  const auto audited = add_peer_command(*group, "audit", "who changed what, oldest first", {"USER", 0, 1});
  audited.command->add_option("--limit", audited.arguments->limit, "the newest so many; default 100");
  on_registry(audited, status, audit);
  add_peer_invitation_commands(*group, status);
  add_peer_usage_command(*group, status);
}

}  // namespace app
