#include "app/hub/housekeeping.h"

#include <gtest/gtest.h>

#include "storage/accounts.h"
#include "storage/audit.h"
#include "storage/database.h"
#include "storage/peers.h"
#include "storage/read_peers.h"
#include "storage/tokens.h"
#include "tests/net/scratch_directory.h"

namespace app::hub {
namespace {

using namespace std::chrono_literals;

constexpr base::WallTime kThen{1'700'000'000s};
constexpr storage::AuditStamp kStamp{"operator", kThen};

class HousekeepingTest : public testing::Test {
 protected:
  HousekeepingTest() {
    auto database = storage::open_database(directory_.path());
    EXPECT_TRUE(database);
    for (const auto* name : {"laptop", "phone"})
      peers_.push_back(*storage::add_peer_of(*database, "ann", {.name = name, .verified = true}, kStamp));
    store_ = *storage::Store::open(directory_.path());
  }

  // What another program reads.
  std::optional<base::WallTime> last_connect(storage::PeerId id) {
    auto database = storage::open_database(directory_.path());
    const auto peers = storage::list_peers(*database);
    for (const auto& peer : *peers) {
      if (peer.id == id) return peer.last_connect_at;
    }
    return std::nullopt;
  }
  bool eventually(const std::function<bool()>& holds) {
    return loop_.run_until(loop_.now().steady + 10s, holds);
  }

  net::ScratchDirectory directory_;
  net::EventLoop loop_;
  std::vector<storage::PeerId> peers_;
  std::unique_ptr<storage::Store> store_;
};

TEST_F(HousekeepingTest, ConnectsAreWrittenTogetherAfterAWhile) {
  Housekeeping housekeeping(loop_, *store_, {.write_connects_after = 50ms});
  housekeeping.note_connect(peers_[0], kThen + 1s);
  housekeeping.note_connect(peers_[0], kThen + 2s);
  housekeeping.note_connect(peers_[1], kThen + 3s);
  net::Timer ticks(loop_, [] {});
  EXPECT_TRUE(eventually([&] {
    ticks.arm(loop_.now().steady + 10ms);
    return last_connect(peers_[1]) == kThen + 3s;
  }));
  EXPECT_EQ(last_connect(peers_[0]), kThen + 2s) << "both of one transaction";
}

TEST_F(HousekeepingTest, WhatIsPendingIsWrittenWhenItEnds) {
  {
    Housekeeping housekeeping(loop_, *store_);
    housekeeping.note_connect(peers_[0], kThen + 1s);
  }
  store_.reset();
  EXPECT_EQ(last_connect(peers_[0]), kThen + 1s);
  EXPECT_EQ(last_connect(peers_[1]), std::nullopt);
}

TEST_F(HousekeepingTest, DeadTokensAndOldEntriesGoAFewAtATimeUntilNoneAreLeft) {
  const auto now = loop_.now().wall;
  auto database = *storage::open_database(directory_.path());
  const auto hash_of = [](uint8_t number) { return storage::TokenHash{number}; };
  for (uint8_t i = 0; i < 20; ++i)  // long expired, but for the last, which lives
    ASSERT_TRUE(storage::add_token(database,
                                   {.hash = hash_of(i),
                                    .holder = peers_[0],
                                    .expires_at = i < 19 ? kThen + 1s : now + std::chrono::hours(1)},
                                   kStamp));
  Housekeeping housekeeping(loop_, *store_,
                            {.first_tidy_after = 1ms,
                             .tidy_again_after = 1ms,
                             .rows_at_once = 3,
                             .keep_audit_entries = {.in_all = 4}});
  net::Timer ticks(loop_, [] {});
  EXPECT_TRUE(eventually([&] {
    ticks.arm(loop_.now().steady + 10ms);
    return storage::list_audit(database, 100)->size() == 4 && !*storage::find_token(database, hash_of(18));
  }));
  EXPECT_TRUE(*storage::find_token(database, hash_of(19)));
}

}  // namespace
}  // namespace app::hub
