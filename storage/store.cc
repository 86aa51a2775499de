#include "storage/store.h"

#include <utility>

#include "storage/read_peers.h"
#include "storage/users.h"

namespace storage {
namespace {

// Publishes to `current` what `load` gives, if `revision` is newer than what is there. True if it was.
template <typename Snapshot, typename Load>
Result<bool> publish(const Result<uint64_t>& revision, CurrentSnapshot<Snapshot>& current, Load&& load) {
  if (!revision) return std::unexpected(revision.error());
  if (*revision <= current.revision()) return false;
  auto snapshot = load();
  if (!snapshot) return std::unexpected(snapshot.error());
  return current.publish(*std::move(snapshot));
}

// Publishes users and peers as `connection` sees them. True if any are newer than the current ones.
Result<bool> publish_all(Connection& connection, CurrentUsers& users, CurrentPeers& peers) {
  const auto new_users =
      publish(read_user_revision(connection), users, [&] { return load_user_snapshot(connection); });
  const auto new_peers = publish(read_peer_revision(connection), peers,
                                 [&] { return load_peer_changes(connection, *peers.load()); });
  if (!new_users) return new_users;  // the peers went their way all the same
  if (!new_peers) return new_peers;
  return *new_users || *new_peers;
}

}  // namespace

Store::Store(Connection reader, Connection writer, const StoreOptions& options)
    : reader_(std::move(reader)),
      writer_(
          std::move(writer),
          [this](Connection& connection) {
            // The writes are on the disk whatever happens here; refresh_if_changed() sees that a snapshot is
            // behind, tries again and reports the error.
            static_cast<void>(publish_all(connection, users_, peers_));
          },
          options.writer) {}

Result<std::unique_ptr<Store>> Store::open(const std::filesystem::path& directory,
                                           const StoreOptions& options) {
  auto writer = open_database(directory, options.database);
  if (!writer) return std::unexpected(writer.error());
  auto reader = open_database(directory, options.database);
  if (!reader) return std::unexpected(reader.error());
  // A write here would go past the storage thread, and SQLite tells no connection of its own writes.
  if (auto set = reader->execute("PRAGMA query_only = ON"); !set) return std::unexpected(set.error());
  std::unique_ptr<Store> store(new Store(*std::move(reader), *std::move(writer), options));
  if (const auto read = store->refresh_if_changed(); !read) return std::unexpected(read.error());
  return store;
}

Outcome Store::submit(Job job, Writer::Done done) { return writer_.submit(std::move(job), std::move(done)); }

std::future<Outcome> Store::submit(Job job) { return writer_.submit(std::move(job)); }

Result<bool> Store::refresh_if_changed() {
  // Read before the tables: what is written in between is then seen by the next call.
  const auto data_version = reader_.number("PRAGMA data_version");
  if (!data_version) return std::unexpected(data_version.error());
  if (*data_version == seen_data_version_) return false;
  const auto published = publish_all(reader_, users_, peers_);
  if (published) seen_data_version_ = *data_version;
  return published;
}

}  // namespace storage
