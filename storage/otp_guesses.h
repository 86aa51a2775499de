// What was guessed wrong at the one-time passwords of an account, and by the peers that wait in it. On the
// disk: whoever makes the server restart buys no guesses by it.
#pragma once

#include <cstdint>
#include <vector>

#include "storage/connection.h"
#include "storage/peer.h"

namespace storage {

struct OtpFailures {
  int64_t count = 0;
  base::WallTime first_at{};  // of those counted; 1970 if there are none
  base::WallTime last_at{};
  bool operator==(const OtpFailures&) const = default;
};

// Of the account that `peer` is of, as the file has it now.
struct OtpState {
  AccountId account{};
  std::vector<uint8_t> secret;  // empty: it has no one-time passwords
  OtpFailures failures;
  int64_t failures_of_peer = 0;
  base::WallTime peer_created_at{};
};
// kNotFound: no such peer. Like every verb here also kBusy, kFull, kCorrupt, kDenied, kIo.
[[nodiscard]] Result<OtpState> read_otp_state(Connection& connection, PeerId peer);

// One more failure of `peer`; `failures` are its account's now. With its line in the audit table, and no new
// revision of the peers. kNotFound.
[[nodiscard]] Outcome add_otp_failure(Connection& connection, PeerId peer, const OtpFailures& failures,
                                      const AuditStamp& stamp);

}  // namespace storage
