// When a peer may try a one-time password again, by what was guessed wrong so far. Six digits stand against
// guessing only if guesses are few, for ever: the delays grow with the failures of the whole account, whoever
// made them and from wherever. Pure.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "base/time.h"

namespace signaling {

// Who is not known waits like the guesser, the owner too if all his devices are lost: looks for those who have
// not failed would be looks for strangers with many addresses (docs/security.md).

// Without a delay between them, after a quiet time.
inline constexpr int64_t kFreeGuesses = 5;
// After the next one, doubled by each further one up to the longest: about seventeen guesses on the first
// day, four on each day after it. Three passwords of a million are good at a time, so that a year of guessing
// succeeds once in two hundred times.
inline constexpr std::chrono::seconds kFirstGuessDelay{30};
inline constexpr std::chrono::hours kLongestGuessDelay{6};
inline constexpr std::chrono::days kGuessesForgottenAfter{7};
// Of one peer: then it is removed.
inline constexpr int64_t kGuessesOfPeer = 5;
// Of one that is known, after which it waits like the others.
inline constexpr int64_t kGuessesOfKnownPeer = 3;

// What was guessed wrong at one account's passwords; a success takes nothing back, for it may be the owner's.
struct OtpGuesses {
  int64_t failures = 0;
  base::WallTime first_at{};  // of those that count still
  base::WallTime last_at{};
  bool operator==(const OtpGuesses&) const = default;
};

// The peer that tries.
struct OtpTrier {
  int64_t failures = 0;
  base::WallTime joined_at{};
};

// A device that waited before anybody began to guess, and guesses no more than people mistype: no stranger
// can make it wait.
[[nodiscard]] bool is_known(const OtpGuesses& guesses, const OtpTrier& trier, base::WallTime now);

// nullopt: its password is to be looked at. Otherwise how long to wait, at least a second and never longer
// than kLongestGuessDelay, wherever the clock was set to.
[[nodiscard]] std::optional<std::chrono::seconds> wait_before_guess(const OtpGuesses& guesses,
                                                                    const OtpTrier& trier,
                                                                    base::WallTime now);

[[nodiscard]] OtpGuesses after_failure(const OtpGuesses& guesses, base::WallTime now);

}  // namespace signaling
