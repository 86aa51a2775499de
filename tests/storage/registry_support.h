// A database with accounts, peers and tokens to change.
#pragma once

#include <gmock/gmock.h>

#include <string>
#include <string_view>
#include <utility>

#include "storage/accounts.h"
#include "storage/audit.h"
#include "storage/database.h"
#include "storage/invitations.h"
#include "storage/peers.h"
#include "storage/read_peers.h"
#include "storage/tokens.h"
#include "tests/storage/support.h"

namespace storage {

MATCHER_P(FailsWith, fault, "") { return !arg && arg.error().fault == fault; }

inline constexpr AuditStamp kStamp{"operator", kNow};

// Hashes and fingerprints as different as their seeds.
inline TokenHash hash_of(std::string_view seed) { return keys_of(seed).sha256; }
inline std::string fingerprint_of(std::string_view seed) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string hex;
  for (const uint8_t octet : hash_of(seed)) {
    hex += kDigits[octet >> 4];
    hex += kDigits[octet & 15];
  }
  return hex;
}

class RegistryTest : public testing::Test {
 protected:
  AccountId account(std::string_view name) {
    return must(add_account(connection_, name, OpenInvitations::kAdopt, kStamp));
  }
  PeerId peer(AccountId account, std::string_view name) {
    return must(add_peer(connection_, {.account = account, .name = name}, kStamp));
  }
  PeerId verified_peer(AccountId account, std::string_view name) {
    return must(add_peer(connection_, {.account = account, .name = name, .verified = true}, kStamp));
  }
  Peer stored(PeerId id) { return *snapshot()->find(id); }
  std::shared_ptr<const PeerSnapshot> snapshot() { return must(load_peer_snapshot(connection_)); }
  uint64_t revision() { return must(read_peer_revision(connection_)); }
  // "ACTION SUBJECT (DETAIL)" of every line.
  std::vector<std::string> audit() {
    std::vector<std::string> lines;
    for (const auto& entry : must(list_audit(connection_, 1000)))
      lines.push_back(entry.action + " " + entry.subject +
                      (entry.detail.empty() ? "" : " (" + entry.detail + ")"));
    return lines;
  }

  TemporaryDirectory directory_;
  Connection connection_ = must(open_database(directory_.path()));
};

}  // namespace storage
