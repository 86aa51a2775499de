// icebox peer invitations, revoke: the links that may still be used, and their end.
#include <iostream>

#include "app/commands/peer.h"
#include "app/commands/peer_words.h"
#include "signaling/token.h"
#include "storage/invitations.h"
#include "storage/tokens.h"

namespace app {
namespace {

using Json = nlohmann::ordered_json;
using Done = std::expected<void, std::string>;
using Open = std::vector<storage::OpenInvitation>;

Done list(const PeerArguments& arguments, storage::Connection& database) {
  const auto open = told(storage::list_open_invitations(database, operator_now().at));
  if (!open) return std::unexpected(open.error());
  auto rows = Json::array();
  std::string lines;
  for (const auto& invitation : *open) {
    if (!arguments.words.empty() && invitation.account_name != arguments.words.front()) continue;
    rows.push_back({{"id", invitation.id},
                    {"user", invitation.account_name},
                    {"made_by", invitation.made_by.empty() ? Json() : Json(invitation.made_by)},
                    {"created_at", invitation.created_at.time_since_epoch().count()},
                    {"expires_at", invitation.expires_at.time_since_epoch().count()}});
    lines += invitation.id + "\t" + printable(invitation.account_name) + "\tby " +
             (invitation.made_by.empty() ? "the operator" : printable(invitation.made_by)) + "\tuntil " +
             utc_text(invitation.expires_at) + "\n";
  }
  std::cout << (arguments.json ? to_json_line(rows) : lines);
  return {};
}

// A link or the token in it, or the id that the list shows.
bool is_named(const storage::OpenInvitation& invitation, const std::string& word) {
  const auto hash = signaling::hash_token(word.substr(word.rfind('=') + 1));
  return hash ? *hash == invitation.hash : invitation.id == word;
}

std::expected<Open, std::string> chosen(const Open& open, const PeerArguments& arguments) {
  Open found;
  for (const auto& invitation : open) {
    const bool is_chosen = arguments.user.empty() ? is_named(invitation, arguments.words.front())
                                                  : invitation.account_name == arguments.user;
    if (is_chosen) found.push_back(invitation);
  }
  if (found.empty())
    return std::unexpected("there is no such open invitation; `icebox peer invitations` lists them");
  if (arguments.user.empty() && found.size() > 1)
    return std::unexpected(
        "several invitations begin like that; give the link, or --user USER for all of a user");
  return found;
}

Done revoke(const PeerArguments& arguments, storage::Connection& database) {
  if (arguments.words.empty() == arguments.user.empty())
    return std::unexpected("name one invitation by its ID or link, or all of a user by --user USER");
  const auto open = told(storage::list_open_invitations(database, operator_now().at));
  if (!open) return std::unexpected(open.error());
  const auto found = chosen(*open, arguments);
  if (!found) return std::unexpected(found.error());
  for (const auto& invitation : *found) {
    if (auto done = told(storage::revoke_token(database, invitation.hash, operator_now())); !done)
      return done;
  }
  std::cout << (arguments.json ? to_json_line({{"revoked", found->size()}})
                               : "revoked " + std::to_string(found->size()) + "\n");
  return {};
}

void on_database(const PeerCommand& command, int& status,
                 Done (*work)(const PeerArguments&, storage::Connection&)) {
  on_command(command.command, status, [arguments = command.arguments, work] {
    return with_registry(
        *arguments, [&](const Config&, storage::Connection& database) { return work(*arguments, database); });
  });
}

}  // namespace

void add_peer_invitation_commands(CLI::App& group, int& status) {
  on_database(add_peer_command(group, "invitations", "list the links that may still be used", {"USER", 0, 1}),
              status, list);
  const auto revoked =
      add_peer_command(group, "revoke", "end an invitation that was not used yet", {"ID or LINK", 0, 1});
  revoked.command->add_option("--user", revoked.arguments->user, "all open invitations of this user");
  on_database(revoked, status, revoke);
}

}  // namespace app
