// Which requests were carried out for whom (turn-facts 13).
#include "relay/transactions.h"

#include "tests/relay/fixtures.h"

namespace relay {
namespace {

constexpr uint32_t kNow = 1'800'000'000;

class TransactionsTest : public testing::Test {
 protected:
  static FiveTuple from(uint16_t port, Transport transport = Transport::kUdp) {
    return {{ip("198.51.100.1"), port}, at("198.51.100.254:3478"), transport};
  }
  Claim claim(RequestKey request, const FiveTuple& tuple, const std::string& user = "alice",
              uint32_t issued_at = kNow) {
    return ledger.claim(request, {tuple, user, issued_at});
  }
  // So many new requests for each that is remembered, of each of `users` in turn.
  void flood(size_t times, size_t users, uint32_t issued_at = kNow + 5) {
    for (size_t i = 0; i < times * TransactionLedger::kRemembered; ++i) {
      (void)claim(random.word<uint64_t>(), from(3), "eve" + std::to_string(i % users), issued_at);
    }
  }
  TransactionLedger ledger{{1, 2}};
  support::FixedRandom random{1};
};

TEST_F(TransactionsTest, ARequestIsWhoseItWasFirst) {
  EXPECT_EQ(claim(7, from(1)), Claim::kGranted);
  EXPECT_EQ(claim(7, from(1)), Claim::kGranted);  // sent again
  EXPECT_EQ(claim(7, from(2)), Claim::kCopy);
  EXPECT_EQ(claim(7, from(1, Transport::kTcp)), Claim::kCopy);
  EXPECT_EQ(claim(8, from(2)), Claim::kGranted);
}

TEST_F(TransactionsTest, OneUserPushesOutNobodyElse) {
  EXPECT_EQ(claim(7, from(1)), Claim::kGranted);
  flood(20, 1);
  EXPECT_EQ(claim(7, from(2)), Claim::kCopy);
  EXPECT_EQ(claim(7, from(1)), Claim::kGranted);
  for (int i = 0; i < 1000; ++i) EXPECT_EQ(claim(random.word<uint64_t>(), from(1)), Claim::kGranted);
}

TEST_F(TransactionsTest, WhatManyPushOutIsStaleAndLivingAllocationsAreNotPushedOut) {
  EXPECT_EQ(claim(7, from(1)), Claim::kGranted);
  EXPECT_EQ(claim(8, from(1)), Claim::kGranted);
  ledger.hold(7, from(1));
  flood(20, 1000);
  EXPECT_EQ(claim(7, from(2)), Claim::kCopy);
  EXPECT_EQ(claim(8, from(2)), Claim::kStale);  // forgotten
  EXPECT_EQ(claim(8, from(1)), Claim::kStale);
  ledger.release(7);
  EXPECT_EQ(claim(7, from(2)), Claim::kStale);
  EXPECT_EQ(claim(9, from(1), "alice", kNow + 6), Claim::kGranted);  // with a new nonce
}

TEST_F(TransactionsTest, NoRequestIsCarriedOutAgainWhoeverFloodsHowever) {
  std::vector<RequestKey> old;
  for (int i = 0; i < 1000; ++i) old.push_back(random.word<uint64_t>());
  for (const auto key : old) EXPECT_EQ(claim(key, from(1)), Claim::kGranted);
  for (const size_t users : {1, 3, 7, 8, 9, 100}) {
    flood(3, users, static_cast<uint32_t>(kNow + users));
    for (const auto key : old) EXPECT_NE(claim(key, from(2)), Claim::kGranted) << users;
  }
}

// A watermark is kept by a request of the same user, and outlives that one too.
TEST_F(TransactionsTest, WhatAUserForgotStaysStaleWhenOthersPushOutTheRest) {
  std::vector<RequestKey> own;
  for (size_t i = 0; i < 4 * TransactionLedger::kRemembered; ++i) own.push_back(random.word<uint64_t>());
  for (const auto key : own) (void)claim(key, from(1));
  flood(10, 1000, kNow - 100);  // older: they alone would make nothing of hers stale
  for (const auto key : own) EXPECT_NE(claim(key, from(2)), Claim::kGranted);
}

// Ten thousand requests a second of one name, as where one password serves all.
TEST_F(TransactionsTest, ABusyUserNeedsOneNewNonceNowAndThen) {
  size_t retries = 0;
  uint32_t nonce = kNow;
  for (size_t i = 0; i < 600'000; ++i) {
    const auto now = static_cast<uint32_t>(kNow + i / 10'000);
    if (claim(random.word<uint64_t>(), from(1), "all", nonce) == Claim::kGranted) continue;
    ++retries;
    nonce = now;
    ASSERT_EQ(claim(random.word<uint64_t>(), from(1), "all", nonce), Claim::kGranted) << i;
  }
  EXPECT_LE(retries, 60u);
}

TEST_F(TransactionsTest, SecondsMayWrap) {
  constexpr uint32_t kLast = 0xffffffff;
  flood(20, 1000, kLast);
  EXPECT_EQ(claim(7, from(1), "alice", kLast), Claim::kStale);
  EXPECT_EQ(claim(7, from(1), "alice", 1), Claim::kGranted);
}

TEST_F(TransactionsTest, RemembersAThousandRequestsWhateverTheyAre) {
  const auto key_of = [](RequestKey i) { return i * 0x9e3779b97f4a7c15; };
  for (RequestKey i = 0; i < 1000; ++i) EXPECT_EQ(claim(key_of(i), from(1)), Claim::kGranted);
  for (RequestKey i = 0; i < 1000; ++i) EXPECT_EQ(claim(key_of(i), from(2)), Claim::kCopy);
}

TEST_F(TransactionsTest, ANonceTellsClientsApartThatCountTheirTransactions) {
  const auto key_of = [&](uint64_t transaction, const std::string& nonce) {
    const auto packet = TurnMessage(Method::kRefresh, transaction).sign({"a", "b", "icebox", nonce}).bytes();
    return ledger.key_of(*stun::Message::parse(packet));
  };
  const std::string nonce(stun::kNonceBytes, 'a');
  EXPECT_EQ(key_of(1, nonce), key_of(1, nonce));
  EXPECT_NE(key_of(1, nonce), key_of(2, nonce));
  EXPECT_NE(key_of(1, nonce), key_of(1, std::string(stun::kNonceBytes - 1, 'a') + "b"));
}

}  // namespace
}  // namespace relay
