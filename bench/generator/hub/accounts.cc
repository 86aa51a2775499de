#include "bench/generator/hub/accounts.h"

#include "net/system_clock.h"
#include "net/system_random.h"
#include "signaling/token.h"
#include "storage/accounts.h"
#include "storage/peers.h"
#include "storage/store.h"

namespace bench::generator::hub {
namespace {

storage::Outcome add_pair(storage::Connection& connection, std::string_view name,
                          const storage::AuditStamp& stamp, base::RandomSource& random,
                          std::vector<std::string>& tokens) {
  const auto account = storage::add_account(connection, name, storage::OpenInvitations::kLeave, stamp);
  if (!account) return std::unexpected(account.error());
  for (const std::string_view side : {"left", "right"}) {
    const auto token = signaling::make_token(random);
    const storage::NewPeer peer{
        .account = *account, .name = side, .kind = "load", .verified = true, .token = token.hash};
    if (const auto added = storage::add_peer(connection, peer, stamp); !added)
      return std::unexpected(added.error());
    tokens.push_back(token.text);
  }
  return {};
}

}  // namespace

std::expected<std::vector<std::string>, std::string> add_accounts(const std::filesystem::path& data_dir,
                                                                  size_t clients) {
  const auto store = storage::Store::open(data_dir);
  if (!store) return std::unexpected(store.error().text);
  net::SystemRandom random;
  const std::string batch = std::to_string(random.word<uint64_t>());
  const storage::AuditStamp stamp{"load generator", net::read_clocks().wall};
  std::vector<std::string> tokens;
  const auto add_all = [&](storage::Connection& connection) -> storage::Outcome {
    tokens.clear();
    for (size_t pair = 0; pair < clients / 2; ++pair) {
      const auto name = "load-" + batch + "-" + std::to_string(pair);
      if (const auto added = add_pair(connection, name, stamp, random, tokens); !added) return added;
    }
    return {};
  };
  if (const auto outcome = (*store)->submit(add_all).get(); !outcome)
    return std::unexpected(outcome.error().text);
  return tokens;
}

}  // namespace bench::generator::hub
