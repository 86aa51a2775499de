// Which requests were carried out for whom (turn-facts 13).
#include "relay/transactions.h"

#include "tests/relay/fixtures.h"

namespace relay {
namespace {

class TransactionsTest : public testing::Test {
 protected:
  static FiveTuple from(uint16_t port, Transport transport = Transport::kUdp) {
    return {{ip("198.51.100.1"), port}, at("198.51.100.254:3478"), transport};
  }
  TransactionLedger ledger{{1, 2}};
};

TEST_F(TransactionsTest, ARequestIsWhoseItWasFirst) {
  EXPECT_TRUE(ledger.claim(7, from(1)));
  EXPECT_TRUE(ledger.claim(7, from(1)));  // sent again
  EXPECT_FALSE(ledger.claim(7, from(2)));
  EXPECT_FALSE(ledger.claim(7, from(1, Transport::kTcp)));
  EXPECT_TRUE(ledger.claim(8, from(2)));
}

TEST_F(TransactionsTest, MemoryIsBoundedAndLivingAllocationsAreNotPushedOut) {
  EXPECT_TRUE(ledger.claim(7, from(1)));
  EXPECT_TRUE(ledger.claim(8, from(1)));
  ledger.hold(7, from(1));
  support::FixedRandom random(1);
  for (size_t i = 0; i < 20 * TransactionLedger::kRemembered; ++i) {
    EXPECT_TRUE(ledger.claim(random.word<uint64_t>(), from(3)));
  }
  EXPECT_FALSE(ledger.claim(7, from(2)));
  EXPECT_TRUE(ledger.claim(8, from(2)));  // forgotten
  ledger.release(7);
  EXPECT_TRUE(ledger.claim(7, from(2)));
}

TEST_F(TransactionsTest, RemembersAThousandRequestsWhateverTheyAre) {
  for (RequestKey key = 0; key < 1000; ++key) EXPECT_TRUE(ledger.claim(key * 0x9e3779b97f4a7c15, from(1)));
  for (RequestKey key = 0; key < 1000; ++key) EXPECT_FALSE(ledger.claim(key * 0x9e3779b97f4a7c15, from(2)));
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
