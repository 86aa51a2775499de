// registry_writer DIRECTORY FIRST LANES: makes users with a peer each, "uFIRST" and on, for ever, until it is
// killed. Prints what it is about to write and what was acknowledged, as tests/process/registry_ledger.py
// reads it:
//   try USER OPERATION [ARGUMENT...]
//   ack USER
// One write per user at a time, LANES users at once. Ends by itself, with a text, only if a write fails.
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <iostream>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "storage/accounts.h"
#include "storage/invitations.h"
#include "storage/peers.h"
#include "storage/store.h"

namespace {

constexpr base::WallTime kNow{std::chrono::seconds(1'700'000'000)};
constexpr storage::AuditStamp kStamp{"writer", kNow};

// One write, so that lines of several lanes do not mix.
void print(std::string line) {
  line += '\n';
  if (::write(STDOUT_FILENO, line.data(), line.size()) != static_cast<ssize_t>(line.size())) ::_exit(3);
}

storage::TokenHash hash_of(const std::string& seed) {
  std::seed_seq octets(seed.begin(), seed.end());
  std::mt19937 numbers(octets);
  storage::TokenHash hash{};
  for (auto& octet : hash) octet = static_cast<uint8_t>(numbers());
  return hash;
}

std::string to_hex(const storage::TokenHash& hash) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string hex;
  for (const uint8_t octet : hash) {
    hex += kDigits[octet >> 4];
    hex += kDigits[octet & 15];
  }
  return hex;
}

// The life of one user and its peer, as clients bring it about.
class Life {
 public:
  Life(storage::Store& store, uint64_t number) : store_(store), number_(number) {}

  void run() {
    if (number_ % 2 == 0)
      come_by_invitation();
    else
      register_and_verify();
    if (number_ % 5 == 0)
      write("rename q", [this](auto& connection) { return rename_peer(connection, peer_, "q", kStamp); });
    if (number_ % 7 == 0)
      write("remove", [this](auto& connection) { return remove_peer(connection, peer_, kStamp); });
  }

 private:
  void come_by_invitation() {
    write("invite " + to_hex(invitation_), [this](auto& connection) {
      return add_invitation(
          connection, {.hash = invitation_, .account = user_, .expires_at = kNow + std::chrono::hours(24)},
          kStamp);
    });
    write("redeem p " + to_hex(token_), [this](auto& connection) -> storage::Outcome {
      const auto redeemed = redeem_invitation(
          connection, {.invitation = invitation_, .peer_name = "p", .token = token_}, kStamp);
      if (!redeemed) return std::unexpected(redeemed.error());
      peer_ = redeemed->peer;
      return {};
    });
  }

  void register_and_verify() {
    storage::AccountId account{};
    write("register p " + to_hex(token_), [&](auto& connection) -> storage::Outcome {
      const auto added = add_account(connection, user_, storage::OpenInvitations::kLeave, kStamp);
      if (!added) return std::unexpected(added.error());
      account = *added;
      const auto peer = add_peer(connection, {.account = account, .name = "p", .token = token_}, kStamp);
      if (!peer) return std::unexpected(peer.error());
      peer_ = *peer;
      return {};
    });
    write("verify", [&](auto& connection) -> storage::Outcome {
      if (auto used = remember_otp_step(connection, account, 1); !used) return used;
      return verify_peer(connection, peer_, kStamp);
    });
  }

  void write(const std::string& operation, storage::Job job) {
    print("try " + user_ + " " + operation);
    const auto outcome = store_.submit(std::move(job)).get();
    if (!outcome) {
      std::cerr << user_ << " " << operation << ": " << outcome.error().text << std::endl;
      ::_exit(1);
    }
    print("ack " + user_);
  }

  storage::Store& store_;
  uint64_t number_;
  std::string user_ = "u" + std::to_string(number_);
  storage::TokenHash invitation_ = hash_of("invitation " + user_);
  storage::TokenHash token_ = hash_of("token " + user_);
  storage::PeerId peer_{};
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) {
    std::cerr << "usage: registry_writer DIRECTORY FIRST LANES\n";
    return 2;
  }
  const auto store = storage::Store::open(argv[1]);
  if (!store) {
    std::cerr << store.error().text << '\n';
    return 1;
  }
  std::atomic<uint64_t> next = std::strtoull(argv[2], nullptr, 10);
  std::vector<std::jthread> lanes(std::strtoul(argv[3], nullptr, 10));
  for (auto& lane : lanes)
    lane = std::jthread([&] {
      for (;;) Life(**store, next++).run();
    });
}
