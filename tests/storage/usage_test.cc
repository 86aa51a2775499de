#include "storage/usage.h"

#include "tests/storage/registry_support.h"

namespace storage {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class UsageTest : public RegistryTest {
 protected:
  void use(PeerId peer, int64_t day, Traffic traffic) {
    const PeerUsage usage{peer, day, traffic};
    must(add_usage(connection_, {&usage, 1}));
  }
};

TEST_F(UsageTest, AmountsOfADayAddUpAndDaysAreToldApart) {
  const auto laptop = peer(account("alice"), "laptop");
  use(laptop, 10, {1, 100, 10});
  use(laptop, 10, {2, 200, 20});
  use(laptop, 12, {1, 1000, 1});
  EXPECT_THAT(must(list_usage(connection_, 10)),
              ElementsAre(UsageRow{"alice", laptop, "laptop", {4, 1300, 31}}));
  EXPECT_THAT(must(list_usage(connection_, 11)),
              ElementsAre(UsageRow{"alice", laptop, "laptop", {1, 1000, 1}}));
  EXPECT_THAT(must(list_usage(connection_, 13)), IsEmpty());
}

TEST_F(UsageTest, RemovedPeersStayWithTheirAccountAndUnknownOnesArePassedOver) {
  const auto alice = account("alice");
  const auto laptop = peer(alice, "laptop");
  const auto phone = peer(alice, "phone");
  use(laptop, 10, {1, 0, 0});
  must(remove_peer(connection_, laptop, kStamp));
  must(remove_peer(connection_, phone, kStamp));
  use(laptop, 10, {0, 5, 7});
  use(phone, 10, {0, 5, 7});
  use(PeerId{99}, 10, {1, 1, 1});
  EXPECT_THAT(must(list_usage(connection_, 0)), ElementsAre(UsageRow{"alice", laptop, "", {1, 5, 7}}));
}

TEST_F(UsageTest, ItGoesWithTheAccountAndByAge) {
  const auto alice = account("alice");
  const auto bob = account("bob");
  use(peer(alice, "a"), 10, {1, 1, 1});
  const auto b = peer(bob, "b");
  use(b, 10, {1, 1, 1});
  use(b, 20, {1, 1, 1});
  must(remove_account(connection_, alice, kStamp));
  EXPECT_EQ(must(purge_usage(connection_, 20)), 1);
  EXPECT_THAT(must(list_usage(connection_, 0)), ElementsAre(UsageRow{"bob", b, "b", {1, 1, 1}}));
}

}  // namespace
}  // namespace storage
