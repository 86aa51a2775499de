#include "app/hub/signalled_addresses.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace app::hub {
namespace {

base::IpAddress ip(std::string_view text) { return *base::IpAddress::parse(text); }

signaling::PeerRef peer(int64_t id, std::string fingerprint) {
  signaling::Peer peer;
  peer.id = signaling::PeerId{id};
  peer.fingerprint = std::move(fingerprint);
  return std::make_shared<const signaling::Peer>(std::move(peer));
}

class AddressesToldTest : public testing::Test {
 protected:
  static constexpr auto kCandidate = signaling::MessageKind::kCandidate;
  [[nodiscard]] size_t told(signaling::MessageKind kind, std::string body) const {
    return addresses_told({.source = source, .target = target, .kind = kind, .body = std::move(body)}).size();
  }
  signaling::PeerRef source = peer(1, "AA"), target = peer(2, "BB");
  const std::string candidate = "candidate:1 1 udp 1 192.0.2.1 1 typ host";
};

TEST_F(AddressesToldTest, ACandidateOfAnotherPeerIsTold) {
  EXPECT_EQ(told(kCandidate, candidate), 1u);
  EXPECT_EQ(told(signaling::MessageKind::kOffer, "{\"sdp\":\"v=0\\r\\na=" + candidate + "\"}"), 1u);
  EXPECT_EQ(told(signaling::MessageKind::kAnswer, "a=" + candidate), 1u);
}

TEST_F(AddressesToldTest, WhatIsNoCandidateTellsNothing) {
  EXPECT_EQ(told(signaling::MessageKind::kData, "a=" + candidate), 0u);
  EXPECT_EQ(told(signaling::MessageKind::kOther, "a=" + candidate), 0u);
  EXPECT_EQ(told(signaling::MessageKind::kOffer, candidate), 0u);
}

TEST_F(AddressesToldTest, NobodyTellsItself) {
  target = source;
  EXPECT_EQ(told(kCandidate, candidate), 0u);
  target = peer(2, "AA");  // the same certificate under another name
  EXPECT_EQ(told(kCandidate, candidate), 0u);
}

TEST_F(AddressesToldTest, WhoHasNoCertificateTellsNobodyAndStrangersAreNotConcerned) {
  source = peer(1, "");
  EXPECT_EQ(told(kCandidate, candidate), 0u);
  source = peer(-1, "AA");
  target = peer(-2, "BB");
  EXPECT_EQ(told(kCandidate, candidate), 0u);
}

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
