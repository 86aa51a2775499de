#include "signaling/otp_guard.h"

#include <algorithm>

namespace signaling {
namespace {

bool are_forgotten(const OtpGuesses& guesses, base::WallTime now) {
  return guesses.failures == 0 || now >= guesses.last_at + kGuessesForgottenAfter;
}

std::chrono::seconds delay_after(int64_t failures) {
  std::chrono::seconds delay = kFirstGuessDelay;
  for (int64_t i = kFreeGuesses; i < failures && delay < kLongestGuessDelay; ++i) delay *= 2;
  return std::min(delay, std::chrono::seconds(kLongestGuessDelay));
}

}  // namespace

bool is_known(const OtpGuesses& guesses, const OtpTrier& trier, base::WallTime now) {
  if (trier.failures >= kGuessesOfKnownPeer) return false;
  return are_forgotten(guesses, now) || trier.joined_at < guesses.first_at;
}

std::optional<std::chrono::seconds> wait_before_guess(const OtpGuesses& guesses, const OtpTrier& trier,
                                                      base::WallTime now) {
  if (is_known(guesses, trier, now) || are_forgotten(guesses, now)) return std::nullopt;
  if (guesses.failures < kFreeGuesses) return std::nullopt;
  // A failure in the future: the clock was set back.
  const auto wait = std::min(guesses.last_at, now) + delay_after(guesses.failures) - now;
  if (wait <= std::chrono::seconds(0)) return std::nullopt;
  return wait;
}

OtpGuesses after_failure(const OtpGuesses& guesses, base::WallTime now) {
  if (are_forgotten(guesses, now)) return {1, now, now};
  return {guesses.failures + 1, std::min(guesses.first_at, now), now};
}

}  // namespace signaling
