#include "signaling/waiting_room.h"

#include <gtest/gtest.h>

#include <string_view>
#include <vector>

#include "base/source.h"
#include "signaling/registration.h"

namespace signaling {
namespace {

base::IpAddress source(std::string_view text) { return base::source_of(*base::IpAddress::parse(text)); }

// Devices 1, 2.. in the order in which they came.
std::vector<WaitingDevice> room(std::initializer_list<std::string_view> sources) {
  std::vector<WaitingDevice> waiting;
  for (const auto text : sources) {
    const auto number = static_cast<int64_t>(waiting.size()) + 1;
    waiting.push_back({.id = PeerId{number},
                       .source = source(text),
                       .since = base::WallTime(std::chrono::seconds(number))});
  }
  return waiting;
}

int64_t goes(const std::vector<WaitingDevice>& waiting, std::string_view newcomer) {
  const auto id = who_makes_room(waiting, source(newcomer));
  return id ? static_cast<int64_t>(*id) : 0;
}

constexpr std::string_view kA = "192.0.2.1", kB = "192.0.2.2", kC = "192.0.2.3", kD = "192.0.2.4",
                           kNew = "192.0.2.99";

TEST(WaitingRoomTest, FourSourcesOfTwoDoNotShutItForAnybody) {
  const auto waiting = room({kA, kA, kB, kB, kC, kC, kD, kD});
  EXPECT_EQ(goes(waiting, kNew), 1);
  EXPECT_EQ(goes(waiting, kA), 0);  // who has his share puts nobody out
}

TEST(WaitingRoomTest, AHomeNetworkIsOneCrowdHoweverManySourcesItHas) {
  const auto waiting = room({"2001:db8:1:1::1", "192.0.2.1", "2001:db8:1:2::1", "2001:db8:1:3::1",
                             "2001:db8:1:4::1", "2001:db8:1:5::1", "2001:db8:1:6::1", "2001:db8:1:7::1"});
  EXPECT_EQ(goes(waiting, "2001:db8:2::1"), 1);
  EXPECT_EQ(goes(waiting, "192.0.2.1"), 1);        // a household's second device
  EXPECT_EQ(goes(waiting, "2001:db8:1:8::1"), 1);  // itself, and never device 2
}

TEST(WaitingRoomTest, OfACrowdWhoHasMostThereGoesFirst) {
  const auto waiting = room({kA, kB, kB, kB, kB, kC, kC, kC});
  EXPECT_EQ(goes(waiting, kNew), 2);
  EXPECT_EQ(goes(waiting, kA), 2);
  EXPECT_EQ(goes(waiting, kB), 0);
  EXPECT_EQ(goes(waiting, kC), 0);  // four for four would be no better
}

TEST(WaitingRoomTest, WhereNobodyCrowdsItIsWhoGuessedThenWhoIsAwayThenWhoWaitedLongest) {
  auto waiting = room({kA, kA, kA, kB, kB, kC, kC, kD});
  EXPECT_EQ(goes(waiting, kNew), 1);  // of three in a household the first, and the newest stays
  waiting[0].is_connected = true;
  EXPECT_EQ(goes(waiting, kNew), 2);
  waiting[4].wrong_passwords = 1;
  EXPECT_EQ(goes(waiting, kNew), 5);
  waiting[4].wrong_passwords = 0;
  waiting[7].wrong_passwords = 1;
  EXPECT_EQ(goes(waiting, kD), 1 + 1);  // whose share is not larger than one's own stays
}

TEST(WaitingRoomTest, AFirstDeviceAlwaysFindsAPlace) {
  const auto waiting = room({kA, kB, kC, kD, "198.51.100.1", "198.51.100.2", "198.51.100.3", "198.51.100.4"});
  EXPECT_EQ(waiting.size(), kMaxWaitingPeers);
  EXPECT_EQ(goes(waiting, kNew), 1);
  EXPECT_EQ(goes(waiting, kB), 0);
}

TEST(WaitingRoomTest, NobodyOfManyCanPutOutASingleDeviceOfAnother) {
  const auto waiting = room({kNew, kA, kA, kA, kB, kB, kC, kC});
  for (const auto newcomer : {kA, kB, kC, kD}) EXPECT_NE(goes(waiting, newcomer), 1) << newcomer;
}

}  // namespace
}  // namespace signaling
