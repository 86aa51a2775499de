// What a disk holds after the power is cut: of each file the octets of its last sync, under the names that
// its directory had at the last sync of the directory. All else may be lost.
#include <gtest/gtest.h>
#include <sqlite3.h>

#include <map>
#include <mutex>
#include <set>

#include "storage/invitations.h"
#include "storage/read_peers.h"
#include "storage/store.h"
#include "storage/tokens.h"
#include "storage/users.h"
#include "tests/storage/support.h"

namespace storage {
namespace {

// While it lives, keeps of every file below `live` what SQLite has synced.
class SyncedDisk {
 public:
  SyncedDisk(const std::filesystem::path& live, const std::filesystem::path& synced) {
    live_ = live;
    synced_ = synced;
    real_ = sqlite3_vfs_find(nullptr);
    watching_ = *real_;
    watching_.zName = "synced_disk";
    watching_.xOpen = &open;
    sqlite3_vfs_register(&watching_, 1);
    real_open_directory_ = reinterpret_cast<OpenDirectory*>(real_->xGetSystemCall(real_, "openDirectory"));
    replace_open_directory(&open_directory);
  }
  ~SyncedDisk() {
    replace_open_directory(real_open_directory_);
    sqlite3_vfs_unregister(&watching_);
    sqlite3_vfs_register(real_, 1);
    files_.clear();
    names_.clear();
  }
  SyncedDisk(const SyncedDisk&) = delete;
  SyncedDisk& operator=(const SyncedDisk&) = delete;

  // Makes `found`: what would be found if the power failed now.
  static void fail_power(const std::filesystem::path& found) {
    const std::lock_guard lock(mutex_);
    std::filesystem::create_directory(found);
    for (const auto& name : names_)
      if (std::filesystem::exists(synced_ / name)) std::filesystem::copy_file(synced_ / name, found / name);
  }

 private:
  using OpenDirectory = int(const char* file, int* fd);

  struct OpenFile {
    std::filesystem::path path;
    const sqlite3_io_methods* methods;  // the real ones
  };

  static int open(sqlite3_vfs*, const char* path, sqlite3_file* file, int flags, int* out_flags) {
    const int code = real_->xOpen(real_, path, file, flags, out_flags);
    if (code != SQLITE_OK || path == nullptr) return code;
    const std::lock_guard lock(mutex_);
    files_[file] = {path, file->pMethods};
    // SQLite has one table of methods for the database and another for its logs.
    auto& watching = methods_.try_emplace(file->pMethods, *file->pMethods).first->second;
    watching.xSync = &sync;
    file->pMethods = &watching;
    return code;
  }

  static int sync(sqlite3_file* file, int flags) {
    const std::lock_guard lock(mutex_);
    const auto& [path, real_methods] = files_.at(file);
    const int code = real_methods->xSync(file, flags);  // of a new log this syncs the directory too
    std::filesystem::copy_file(path, synced_ / path.filename(),
                               std::filesystem::copy_options::overwrite_existing);
    return code;
  }

  // SQLite opens a directory for nothing but to sync it.
  static int open_directory(const char* file, int* fd) {
    const std::lock_guard lock(mutex_);
    names_.clear();
    for (const auto& entry : std::filesystem::directory_iterator(live_))
      names_.insert(entry.path().filename());
    return real_open_directory_(file, fd);
  }

  static void replace_open_directory(OpenDirectory* by) {
    real_->xSetSystemCall(real_, "openDirectory", reinterpret_cast<sqlite3_syscall_ptr>(by));
  }

  // Static, because SQLite calls plain functions.
  static inline std::recursive_mutex mutex_;
  static inline std::filesystem::path live_;
  static inline std::filesystem::path synced_;
  static inline std::set<std::filesystem::path> names_;
  static inline std::map<sqlite3_file*, OpenFile> files_;
  static inline std::map<const sqlite3_io_methods*, sqlite3_io_methods> methods_;
  static inline sqlite3_vfs* real_ = nullptr;
  static inline sqlite3_vfs watching_;
  static inline OpenDirectory* real_open_directory_ = nullptr;
};

TEST(PowerLossTest, AcknowledgedUsersAreOnTheDiskWhenThePowerFails) {
  const TemporaryDirectory live;
  const TemporaryDirectory synced;
  const TemporaryDirectory found;
  constexpr int kUsers = 400;  // enough for the log to be folded into the file on the way
  constexpr int kUsersBetweenFailures = 23;
  {
    const SyncedDisk disk(live.path(), synced.path());
    const auto store = must(Store::open(live.path()));
    for (int i = 0; i < kUsers; ++i) {
      const auto name = "user" + std::to_string(i);
      must(store
               ->submit(
                   [&](Connection& connection) { return add_user(connection, name, keys_of(name), kNow); })
               .get());
      if (i % kUsersBetweenFailures == 0) SyncedDisk::fail_power(found.path() / std::to_string(i));
    }
  }
  for (int i = 0; i < kUsers; i += kUsersBetweenFailures) {
    auto connection = must(open_database(found.path() / std::to_string(i)));
    EXPECT_EQ(must(list_users(connection)).size(), static_cast<size_t>(i + 1));
    auto check = must(connection.query("PRAGMA integrity_check"));
    ASSERT_TRUE(must(check.step()));
    EXPECT_EQ(check.text(0), "ok");
  }
}

TEST(PowerLossTest, RedeemedInvitationsAreOnTheDiskWhenThePowerFails) {
  const TemporaryDirectory live;
  const TemporaryDirectory synced;
  const TemporaryDirectory found;
  constexpr int kPeers = 120;
  constexpr int kPeersBetweenFailures = 17;
  const AuditStamp stamp{"192.0.2.1", kNow};
  {
    const SyncedDisk disk(live.path(), synced.path());
    const auto store = must(Store::open(live.path()));
    for (int i = 0; i < kPeers; ++i) {
      const auto user = "user" + std::to_string(i);
      const auto hash = keys_of(user).sha256;
      must(store
               ->submit([&](Connection& connection) {
                 return add_invitation(
                     connection,
                     {.hash = hash, .account = user, .expires_at = kNow + std::chrono::seconds(60)}, stamp);
               })
               .get());
      must(store
               ->submit([&](Connection& connection) -> Outcome {
                 const auto redeemed = redeem_invitation(
                     connection, {.invitation = hash, .peer_name = "phone", .token = keys_of(user).userhash},
                     stamp);
                 if (!redeemed) return std::unexpected(redeemed.error());
                 return {};
               })
               .get());
      if (i % kPeersBetweenFailures == 0) SyncedDisk::fail_power(found.path() / std::to_string(i));
    }
  }
  for (int i = 0; i < kPeers; i += kPeersBetweenFailures) {
    auto connection = must(open_database(found.path() / std::to_string(i)));
    const auto peers = must(load_peer_snapshot(connection));
    ASSERT_EQ(peers->peers().size(), static_cast<size_t>(i + 1));
    for (int j = 0; j <= i; ++j) {
      const auto keys = keys_of("user" + std::to_string(j));
      ASSERT_TRUE(peers->find_bearer(keys.userhash, kNow));
      ASSERT_TRUE(must(find_token(connection, keys.sha256))->used_at);
    }
    auto check = must(connection.query("PRAGMA integrity_check"));
    ASSERT_TRUE(must(check.step()));
    EXPECT_EQ(check.text(0), "ok");
  }
}

}  // namespace
}  // namespace storage
