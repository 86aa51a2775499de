// What the commands of `icebox peer` share. Internal to peer*.cc.
#pragma once

#include <expected>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "app/commands/commands.h"
#include "net/system_clock.h"
#include "storage/connection.h"
#include "storage/peer.h"
#include "storage/peer_snapshot.h"

namespace app {

struct PeerArguments {
  ConfigArguments config;
  std::vector<std::string> words;  // what stands after the command
  std::string kind;
  std::string ttl = "24h";
  std::string url;
  std::string user;
  size_t limit = 100;
  int64_t days = 30;
  bool fresh = false;
  bool self_registered = false;  // it is known that a stranger made the user
  bool json = false;
};

// `name` as it is stored, or why it is no name (signaling/peer_name.h). `field` is named in the error.
[[nodiscard]] std::expected<std::string, std::string> checked_name(std::string_view field,
                                                                   std::string_view name);

// The audit line of what is done on the command line.
[[nodiscard]] inline storage::AuditStamp operator_now() { return {"operator", net::read_clocks().wall}; }

// Names may hold octets that are no UTF-8: shown with replacement characters rather than not at all.
[[nodiscard]] std::string to_json_line(const nlohmann::ordered_json& json);

[[nodiscard]] inline storage::SelfRegistered consent_of(const PeerArguments& arguments) {
  return arguments.self_registered ? storage::SelfRegistered::kAccept : storage::SelfRegistered::kRefuse;
}
// The peer that the words name, if its user did not register itself or that is consented to: for what lets a
// device in, or hands out a token.
[[nodiscard]] std::expected<const storage::Peer*, std::string> find_trusted_peer(
    const storage::PeerSnapshot& peers, const PeerArguments& arguments);

// Loads the configuration, opens its database, runs `work`: kDone, or the error on stderr.
using PeerWork = std::function<std::expected<void, std::string>(const Config&, storage::Connection&)>;
[[nodiscard]] int with_registry(const PeerArguments& arguments, const PeerWork& work);

// The storage's error as text.
template <typename Value>
[[nodiscard]] std::expected<Value, std::string> told(storage::Result<Value> result) {
  if (!result) return std::unexpected(std::move(result.error().text));
  if constexpr (!std::is_void_v<Value>)
    return *std::move(result);
  else
    return {};
}

// Adds `icebox peer NAME` with --config, --data, --set, --json and `words`, shown in the help as `shown`
// (such as "USER NAME"), at least and at most so many.
struct PeerCommand {
  CLI::App* command;
  std::shared_ptr<PeerArguments> arguments;
};
struct Words {
  const char* shown;
  int at_least;
  int at_most;
};
[[nodiscard]] PeerCommand add_peer_command(CLI::App& group, const char* name, const char* text, Words words);

// The commands that make something to be shown once: add, token, invite, otp.
// Adds --self-registered to a command.
void add_consent(const PeerCommand& command);

void add_peer_access_commands(CLI::App& group, int& status);

// Links that may still be used: invitations, revoke.
void add_peer_invitation_commands(CLI::App& group, int& status);

// What was relayed for each peer: usage.
void add_peer_usage_command(CLI::App& group, int& status);

}  // namespace app
