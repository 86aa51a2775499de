// One-time passwords from an authenticator app: TOTP (RFC 6238) with SHA-1, 6 digits, 30 seconds.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/random.h"
#include "base/time.h"

namespace signaling {

using OtpSecret = std::array<uint8_t, 20>;  // RFC 4226 §4 R6
using OtpStep = int64_t;                    // the 30-second step since 1970

inline constexpr int64_t kOtpStepSeconds = 30;

[[nodiscard]] OtpSecret make_otp_secret(base::RandomSource& random);

// The step that `password` is of, to be stored as the last used one; nullopt: wrong, or not newer than
// `last_used` (each password works once). One step of clock difference either way is allowed. Takes the same
// time wherever a wrong password differs. Count the try first: attempt_limit.h.
[[nodiscard]] std::optional<OtpStep> check_otp(const OtpSecret& secret, std::string_view password,
                                               base::WallTime now, std::optional<OtpStep> last_used);

// For an authenticator, as a link or a QR code: otpauth://totp/ISSUER:ACCOUNT?secret=..
[[nodiscard]] std::string otp_uri(const OtpSecret& secret, std::string_view issuer, std::string_view account);
// For typing into one: 32 characters, base32.
[[nodiscard]] std::string otp_secret_text(const OtpSecret& secret);

}  // namespace signaling
