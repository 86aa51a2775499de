#include "storage/peer_subject.h"

#include <utility>

#include "storage/checks.h"

namespace storage {

Result<std::string> account_name(Connection& connection, AccountId account) {
  auto found = connection.query("SELECT name FROM accounts WHERE id = ?1", {std::to_underlying(account)});
  if (!found) return std::unexpected(found.error());
  const auto row = found->step();
  if (!row) return std::unexpected(row.error());
  if (*row) return std::string(found->text(0));
  return refuse(connection, Fault::kNotFound, "there is no such user", "`icebox peer list` shows them");
}

Result<AuditSubject> subject_of(Connection& connection, PeerId peer) {
  auto found = connection.query(
      "SELECT account_id, accounts.name || '/' || peers.name FROM peers JOIN accounts ON accounts.id = "
      "account_id"
      " WHERE peers.id = ?1",
      {std::to_underlying(peer)});
  if (!found) return std::unexpected(found.error());
  const auto row = found->step();
  if (!row) return std::unexpected(row.error());
  if (*row) return AuditSubject{AccountId{found->integer(0)}, std::string(found->text(1))};
  return refuse(connection, Fault::kNotFound, "there is no such peer", "`icebox peer list` shows them");
}

std::string short_name(const TokenHash& token) {
  constexpr size_t kOctets = 4;
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string hex;
  for (size_t i = 0; i < kOctets; ++i) {
    hex += kDigits[token[i] >> 4];
    hex += kDigits[token[i] & 15];
  }
  return hex;
}

}  // namespace storage
