// icebox peer usage: what was relayed for whom.
#include <iostream>

#include "app/commands/peer.h"
#include "app/commands/peer_words.h"
#include "storage/usage.h"

namespace app {
namespace {

using Json = nlohmann::ordered_json;

constexpr int64_t kMostDays = 36'500;

Json to_json(const storage::UsageRow& row) {
  return {{"user", row.account},
          {"id", std::to_underlying(row.peer)},
          {"name", row.name.empty() ? Json() : Json(row.name)},
          {"allocations", row.traffic.allocations},
          {"bytes_to_peers", row.traffic.bytes_to_peers},
          {"bytes_to_client", row.traffic.bytes_to_client}};
}

std::string line_of(const storage::UsageRow& row) {
  const auto name =
      row.name.empty() ? "removed peer " + std::to_string(std::to_underlying(row.peer)) : printable(row.name);
  return printable(row.account) + "\t" + name + "\t" + std::to_string(row.traffic.allocations) +
         " allocations\t" + std::to_string(row.traffic.bytes_to_peers) + " B to peers\t" +
         std::to_string(row.traffic.bytes_to_client) + " B to the client\n";
}

std::expected<void, std::string> usage(const PeerArguments& arguments, storage::Connection& database) {
  const auto today = storage::day_of(net::read_clocks().wall);
  const auto rows = told(storage::list_usage(database, today - arguments.days + 1));
  if (!rows) return std::unexpected(rows.error());
  auto shown = Json::array();
  std::string lines;
  for (const auto& row : *rows) {
    if (!arguments.words.empty() && row.account != arguments.words.front()) continue;
    shown.push_back(to_json(row));
    lines += line_of(row);
  }
  if (lines.empty()) lines = "nothing was relayed in that time\n";
  std::cout << (arguments.json ? to_json_line(shown) : lines);
  return {};
}

}  // namespace

void add_peer_usage_command(CLI::App& group, int& status) {
  const auto added = add_peer_command(group, "usage", "what was relayed for each peer", {"USER", 0, 1});
  added.command
      ->add_option("--days", added.arguments->days, "the last so many, today included, by UTC; default 30")
      ->check(CLI::Range(int64_t{1}, kMostDays));
  on_command(added.command, status, [arguments = added.arguments] {
    return with_registry(*arguments, [&](const Config&, storage::Connection& database) {
      return usage(*arguments, database);
    });
  });
}

}  // namespace app
