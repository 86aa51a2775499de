#include "app/hub/signalled_addresses.h"

#include <gtest/gtest.h>

#include <vector>

namespace app::hub {
namespace {

base::IpAddress ip(std::string_view text) { return *base::IpAddress::parse(text); }

class SignalledAddressesTest : public testing::Test {
 protected:
  SignalledAddressesTest() { addresses_.turn(true); }
  void note(int64_t peer, std::string_view text) {
    const auto address = ip(text);
    addresses_.note(peer, {&address, 1});
  }
  bool may(std::string_view user, std::string_view text) { return addresses_.may_permit(user, ip(text)); }

  SignalledAddresses addresses_;
};

TEST_F(SignalledAddressesTest, APeerMayPermitWhatItWasToldOf) {
  note(7, "192.0.2.1");
  EXPECT_TRUE(may("ibx-peer-7", "192.0.2.1"));
  EXPECT_TRUE(may("ibx-peer-7", "::ffff:192.0.2.1"));
  EXPECT_FALSE(may("ibx-peer-7", "192.0.2.2"));
  EXPECT_FALSE(may("ibx-peer-8", "192.0.2.1"));
  addresses_.forget(7);
  EXPECT_FALSE(may("ibx-peer-7", "192.0.2.1"));
}

TEST_F(SignalledAddressesTest, OthersSignalElsewhere) { EXPECT_TRUE(may("alice", "192.0.2.1")); }

TEST_F(SignalledAddressesTest, OffItRefusesNothing) {
  addresses_.turn(false);
  EXPECT_TRUE(may("ibx-peer-7", "192.0.2.1"));
}

TEST_F(SignalledAddressesTest, TheOldestGoesFirstAndWhatIsToldAgainIsNew) {
  note(7, "192.0.2.1");
  note(7, "192.0.2.2");
  note(7, "192.0.2.1");
  std::vector<base::IpAddress> many;
  for (uint32_t i = 0; i < SignalledAddresses::kMaxAddresses - 1; ++i)
    many.push_back(base::IpAddress::v4(0x0a000000 + i));
  addresses_.note(7, many);
  EXPECT_TRUE(may("ibx-peer-7", "192.0.2.1"));
  EXPECT_FALSE(may("ibx-peer-7", "192.0.2.2"));
}

}  // namespace
}  // namespace app::hub
