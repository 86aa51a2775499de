#include "storage/otp_guesses.h"

#include "tests/storage/registry_support.h"

namespace storage {
namespace {

using OtpGuessesTest = RegistryTest;

constexpr OtpFailures kTwo{.count = 2, .first_at = kNow, .last_at = kNow + std::chrono::seconds(9)};

TEST_F(OtpGuessesTest, FailuresAreCountedForThePeerAndKeptForTheAccount) {
  const auto alice = account("alice");
  const auto phone = peer(alice, "phone");
  const auto tablet = peer(alice, "tablet");
  EXPECT_EQ(must(read_otp_state(connection_, phone)).failures, OtpFailures{});
  const auto before = revision();
  must(add_otp_failure(connection_, phone, {.count = 1, .first_at = kNow, .last_at = kNow}, kStamp));
  must(add_otp_failure(connection_, phone, kTwo, kStamp));
  EXPECT_EQ(revision(), before);
  const auto state = must(read_otp_state(connection_, phone));
  EXPECT_EQ(state.account, alice);
  EXPECT_TRUE(state.secret.empty());
  EXPECT_EQ(state.failures, kTwo);
  EXPECT_EQ(state.failures_of_peer, 2);
  EXPECT_EQ(state.peer_created_at, kNow);
  const auto other = must(read_otp_state(connection_, tablet));
  EXPECT_EQ(other.failures, kTwo);
  EXPECT_EQ(other.failures_of_peer, 0);
  EXPECT_THAT(audit().back(), testing::HasSubstr("account.otp alice/phone (wrong, 2 "));
}

TEST_F(OtpGuessesTest, AnotherAccountHasItsOwn) {
  const auto phone = peer(account("alice"), "phone");
  const auto desk = peer(account("bob"), "desk");
  must(add_otp_failure(connection_, phone, kTwo, kStamp));
  EXPECT_EQ(must(read_otp_state(connection_, desk)).failures, OtpFailures{});
}

TEST_F(OtpGuessesTest, ANewSecretBeginsAnewAndTheSameOneDoesNot) {
  const auto alice = account("alice");
  const auto phone = peer(alice, "phone");
  const std::vector<uint8_t> secret(20, 7);
  must(set_otp_secret(connection_, alice, secret, kStamp));
  must(add_otp_failure(connection_, phone, kTwo, kStamp));
  must(set_otp_secret(connection_, alice, secret, kStamp));
  EXPECT_EQ(must(read_otp_state(connection_, phone)).failures, kTwo);
  EXPECT_EQ(must(read_otp_state(connection_, phone)).secret, secret);
  must(set_otp_secret(connection_, alice, std::vector<uint8_t>(20, 8), kStamp));
  EXPECT_EQ(must(read_otp_state(connection_, phone)).failures, OtpFailures{});
}

TEST_F(OtpGuessesTest, NobodyIsNotFound) {
  EXPECT_THAT(read_otp_state(connection_, PeerId{99}), FailsWith(Fault::kNotFound));
  EXPECT_THAT(add_otp_failure(connection_, PeerId{99}, kTwo, kStamp), FailsWith(Fault::kNotFound));
}

}  // namespace
}  // namespace storage
