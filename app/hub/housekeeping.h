// What the database needs now and then: last connections written; dead tokens, old audit entries and peers
// that waited too long removed.
#pragma once

#include <chrono>
#include <map>
#include <memory>

#include "net/event_loop.h"
#include "net/timer.h"
#include "signaling/registration.h"
#include "storage/audit.h"
#include "storage/store.h"

namespace app::hub {

struct HousekeepingOptions {
  // Connections are collected for that long and written in one transaction: one per connection would make a
  // sync of the disk of each.
  std::chrono::nanoseconds write_connects_after = std::chrono::seconds(5);
  // Soon after the start, for servers that are started every day; then hourly.
  std::chrono::nanoseconds first_tidy_after = std::chrono::seconds(5);
  std::chrono::nanoseconds tidy_every = std::chrono::hours(1);
  // Where a tidying had more to remove than `rows_at_once`, the next comes after this.
  std::chrono::nanoseconds tidy_again_after = std::chrono::seconds(5);
  // Rows of a table that one transaction removes: bounds how long other writes wait.
  size_t rows_at_once = 10'000;
  size_t peers_at_once = 500;  // each takes its tokens along, and an audit line
  // Tokens that expired or were revoked stay for this long, so that whoever shows a used invitation is told
  // so.
  std::chrono::seconds keep_dead_tokens = std::chrono::days(7);
  // Peers that wait to be verified.
  std::chrono::seconds keep_waiting_peers = signaling::kWaitingLifetime;
  storage::AuditBounds keep_audit_entries{};
  std::chrono::days keep_usage{400};
};

// Control thread only; it never waits for the disk.
class Housekeeping {
 public:
  // `loop` and `store` outlive it.
  Housekeeping(net::EventLoop& loop, storage::Store& store, const HousekeepingOptions& options = {});
  // Hands what is pending to the store, which writes it before it goes.
  ~Housekeeping();
  Housekeeping(const Housekeeping&) = delete;
  Housekeeping& operator=(const Housekeeping&) = delete;

  void note_connect(storage::PeerId peer, base::WallTime at);

 private:
  void write_connects();
  void tidy();

  net::EventLoop& loop_;
  storage::Store& store_;
  const HousekeepingOptions options_;
  std::map<storage::PeerId, base::WallTime> connects_;  // at most one each, not yet written
  net::Timer connects_timer_;
  net::Timer tidy_timer_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);  // for what storage tells late
};

}  // namespace app::hub
