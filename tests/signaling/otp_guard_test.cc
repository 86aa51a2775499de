#include "signaling/otp_guard.h"

#include <gmock/gmock.h>

namespace signaling {
namespace {

using namespace std::chrono_literals;

constexpr base::WallTime kNow{1'790'000'000s};
constexpr OtpTrier kStranger{.failures = 0, .joined_at = kNow};

OtpGuesses guessed(int64_t failures, base::WallTime at = kNow) { return {failures, at, at}; }
std::chrono::seconds wait(const OtpGuesses& guesses, const OtpTrier& trier, base::WallTime now) {
  return wait_before_guess(guesses, trier, now).value_or(0s);
}

TEST(OtpGuardTest, DelaysBeginAfterTheFreeGuessesAndGrowUpToTheLongest) {
  EXPECT_EQ(wait({}, kStranger, kNow), 0s);
  EXPECT_EQ(wait(guessed(4), kStranger, kNow), 0s);
  std::vector<std::chrono::seconds> waits;
  for (int64_t failures = 5; failures < 17; ++failures)
    waits.push_back(wait(guessed(failures), kStranger, kNow));
  EXPECT_THAT(waits,
              testing::ElementsAre(30s, 60s, 120s, 240s, 480s, 960s, 1920s, 3840s, 7680s, 15360s, 6h, 6h));
  EXPECT_EQ(wait(guessed(int64_t{1} << 62), kStranger, kNow), 6h);
}

TEST(OtpGuardTest, AGuesserWhoNeverTiresHasFewGuessesAYear) {
  OtpGuesses guesses;
  int64_t looked_at = 0;
  for (auto now = kNow; now < kNow + std::chrono::days(365); now += 30s) {
    if (wait_before_guess(guesses, {0, kNow + std::chrono::days(400)}, now)) continue;
    guesses = after_failure(guesses, now);
    ++looked_at;
  }
  EXPECT_LT(looked_at, 365 * 4 + 20);
  EXPECT_GT(looked_at, 365 * 3);  // or else nobody could ever come in by this way again
}

TEST(OtpGuardTest, PausesBuyNoMoreThanTheyCost) {
  OtpGuesses guesses;
  int64_t looked_at = 0;
  auto now = kNow;
  while (now < kNow + std::chrono::days(365)) {
    if (const auto delay = wait_before_guess(guesses, {0, now + 1s}, now)) {
      now += *delay < 2h ? *delay : std::chrono::seconds(kGuessesForgottenAfter);
      continue;
    }
    guesses = after_failure(guesses, now);
    ++looked_at;
  }
  EXPECT_LT(looked_at, 365 * 4 + 20);
}

TEST(OtpGuardTest, WhoWaitedBeforeTheGuessingIsLookedAtWhateverStrangersDo) {
  const auto guesses = guessed(1000);
  EXPECT_EQ(wait(guesses, {0, kNow - 1s}, kNow), 0s);
  EXPECT_EQ(wait(guesses, {2, kNow - 1s}, kNow), 0s);
  EXPECT_EQ(wait(guesses, {3, kNow - 1s}, kNow), 6h);  // by now it is a guesser
  EXPECT_EQ(wait(guesses, {0, kNow}, kNow), 6h);       // it came with them, perhaps
}

TEST(OtpGuardTest, FailuresAreForgottenAfterAQuietWeekAndNotBefore) {
  const auto week = std::chrono::seconds(kGuessesForgottenAfter);
  EXPECT_EQ(after_failure(guessed(9), kNow + week - 1s), (OtpGuesses{10, kNow, kNow + week - 1s}));
  EXPECT_EQ(after_failure(guessed(9), kNow + week), (OtpGuesses{1, kNow + week, kNow + week}));
  EXPECT_TRUE(is_known(guessed(9), {0, kNow + 1s}, kNow + week));
  EXPECT_FALSE(is_known(guessed(9), {3, kNow + 1s}, kNow + week));
}

TEST(OtpGuardTest, AClockThatIsSetBackLocksNobodyOut) {
  const auto ahead = kNow + std::chrono::days(900);
  EXPECT_EQ(wait(guessed(50, ahead), {0, ahead}, kNow), 6h);
  EXPECT_EQ(after_failure(guessed(1, kNow), kNow - 10s), (OtpGuesses{2, kNow - 10s, kNow - 10s}));
}

}  // namespace
}  // namespace signaling
