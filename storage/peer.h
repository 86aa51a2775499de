// Accounts of the signaling hub, their peers and the tokens that these show. An account is not a long-term
// TURN user (user.h): its peers get TURN credentials made for them and need no password.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"

namespace storage {

// Row numbers, from 1, never used twice: what refers to a removed peer cannot come to mean another.
enum class AccountId : int64_t {};
enum class PeerId : int64_t {};

// SHA-256 of a token. The token itself is shown once and never stored.
using TokenHash = std::array<uint8_t, 32>;

// Bounds of what is stored, in octets. Text is UTF-8 without NUL; who may be called what is not storage's
// affair.
inline constexpr size_t kMaxAccountNameOctets = 255;
inline constexpr size_t kMaxPeerNameOctets = 255;
inline constexpr size_t kMaxPeerKindOctets = 64;
inline constexpr size_t kMinOtpSecretOctets = 16;  // RFC 4226 §4, R6: at least 128 bits
inline constexpr size_t kMaxOtpSecretOctets = 64;

struct Account {
  AccountId id{};
  std::string name;                 // unique
  std::vector<uint8_t> otp_secret;  // of time-based one-time passwords; empty: none made yet
  base::WallTime created_at;
  bool self_registered = false;  // a stranger made it: nobody knows who that is
  bool operator==(const Account&) const = default;
};

struct Peer {
  PeerId id{};
  AccountId account{};
  std::string name;  // unique within the account
  std::string kind;  // what it says it is ("browser"); may be empty
  // SHA-256 of its DTLS certificate, 64 upper-case hex digits; unique within the account; empty: not bound yet.
  std::string fingerprint;
  std::optional<base::WallTime> verified_at;  // none: may wait, and nothing else
  base::WallTime created_at;
  std::optional<base::WallTime> last_connect_at;
  bool legacy = false;  // let in by signaling.legacy_peerbook: its fingerprint was never proved
  bool operator==(const Peer&) const = default;
};

// What a command of the operator does with an account that registered itself: who thinks of "admin" may not
// mean the one that a stranger called so.
enum class SelfRegistered { kRefuse, kAccept };

// Who makes a change, and when: goes into the audit table with it. `actor` is "operator", an address, or a
// peer's id as the caller writes it.
struct AuditStamp {
  std::string_view actor;
  base::WallTime at;
};

}  // namespace storage
