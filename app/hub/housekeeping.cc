#include "app/hub/housekeeping.h"

#include <vector>

#include "storage/audit.h"
#include "storage/peers.h"
#include "storage/tokens.h"
#include "storage/usage.h"

namespace app::hub {

Housekeeping::Housekeeping(net::EventLoop& loop, storage::Store& store, const HousekeepingOptions& options)
    : loop_(loop),
      store_(store),
      options_(options),
      connects_timer_(loop, [this] { write_connects(); }),
      tidy_timer_(loop, [this] { tidy(); }) {
  tidy_timer_.arm(loop.steady_now() + options_.first_tidy_after);
}

Housekeeping::~Housekeeping() { write_connects(); }

void Housekeeping::note_connect(storage::PeerId peer, base::WallTime at) {
  if (connects_.empty()) connects_timer_.arm(loop_.steady_now() + options_.write_connects_after);
  connects_[peer] = at;
}

// What the disk refuses is lost: the next connection is written again.
void Housekeeping::write_connects() {
  if (connects_.empty()) return;
  std::vector<storage::PeerConnect> connects;
  connects.reserve(connects_.size());
  for (const auto& [peer, at] : connects_) connects.push_back({peer, at});
  const auto accepted = store_.submit(
      [connects = std::move(connects)](storage::Connection& connection) {
        return storage::touch_last_connect(connection, connects);
      },
      [](const storage::Outcome&) {});
  if (accepted) return connects_.clear();
  connects_timer_.arm(loop_.steady_now() + options_.write_connects_after);  // storage has too much to do now
}

void Housekeeping::tidy() {
  tidy_timer_.arm(loop_.steady_now() + options_.tidy_every);
  const auto more = std::make_shared<bool>(false);
  const auto before = loop_.now().wall - options_.keep_dead_tokens;
  const auto first_day = storage::day_of(loop_.now().wall - options_.keep_usage);
  (void)store_.submit(
      [more, before, first_day, now = loop_.now().wall,
       options = options_](storage::Connection& connection) -> storage::Outcome {
        const auto peers = storage::remove_waiting_peers(connection, now - options.keep_waiting_peers,
                                                         options.peers_at_once, {"icebox", now});
        if (!peers) return std::unexpected(peers.error());
        const auto tokens = storage::purge_tokens(connection, before, options.rows_at_once);
        if (!tokens) return std::unexpected(tokens.error());
        const auto entries =
            storage::prune_audit(connection, options.keep_audit_entries, options.rows_at_once);
        if (!entries) return std::unexpected(entries.error());
        const auto usages = storage::purge_usage(connection, first_day);
        if (!usages) return std::unexpected(usages.error());
        const auto full = static_cast<int64_t>(options.rows_at_once);
        *more = *tokens >= full || *entries >= full || *peers >= static_cast<int64_t>(options.peers_at_once);
        return {};
      },
      [this, more, &loop = loop_, alive = std::weak_ptr(alive_)](const storage::Outcome& outcome) {
        if (!outcome || !*more) return;
        loop.post([this, alive] {
          if (alive.lock()) tidy_timer_.arm(loop_.steady_now() + options_.tidy_again_after);
        });
      });
}

}  // namespace app::hub
