#include "storage/otp_guesses.h"

#include <string>
#include <utility>

#include "storage/audit.h"
#include "storage/checks.h"
#include "storage/peer_subject.h"
#include "storage/transaction.h"

namespace storage {

Result<OtpState> read_otp_state(Connection& connection, PeerId peer) {
  auto found = connection.query(
      "SELECT account_id, otp_secret, accounts.otp_failures, otp_first_failure_at, otp_last_failure_at,"
      " peers.otp_failures, peers.created_at FROM peers JOIN accounts ON accounts.id = account_id"
      " WHERE peers.id = ?1",
      {std::to_underlying(peer)});
  if (!found) return std::unexpected(found.error());
  const auto row = found->step();
  if (!row) return std::unexpected(row.error());
  if (!*row)
    return refuse(connection, Fault::kNotFound, "there is no such peer", "`icebox peer list` shows them");
  const auto secret = found->bytes(1);
  return OtpState{.account = AccountId{found->integer(0)},
                  .secret = {secret.begin(), secret.end()},
                  .failures = {.count = found->integer(2),
                               .first_at = from_seconds(found->integer(3)),
                               .last_at = from_seconds(found->integer(4))},
                  .failures_of_peer = found->integer(5),
                  .peer_created_at = from_seconds(found->integer(6))};
}

Outcome add_otp_failure(Connection& connection, PeerId peer, const OtpFailures& failures,
                        const AuditStamp& stamp) {
  return run_atomically(connection, [&]() -> Outcome {
    const auto subject = subject_of(connection, peer);
    if (!subject) return std::unexpected(subject.error());
    const auto counted = connection.run("UPDATE peers SET otp_failures = otp_failures + 1 WHERE id = ?1",
                                        {std::to_underlying(peer)});
    if (!counted) return std::unexpected(counted.error());
    const auto noted = connection.run(
        "UPDATE accounts SET otp_failures = ?2, otp_first_failure_at = ?3, otp_last_failure_at = ?4"
        " WHERE id = (SELECT account_id FROM peers WHERE id = ?1)",
        {std::to_underlying(peer), failures.count, to_seconds(failures.first_at),
         to_seconds(failures.last_at)});
    if (!noted) return std::unexpected(noted.error());
    return add_audit(connection, stamp, "account.otp", *subject,
                     "wrong, " + std::to_string(failures.count) + " since they were last forgotten");
  });
}

}  // namespace storage
