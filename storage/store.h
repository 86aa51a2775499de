// What the server holds: the storage thread, the current users and peers, and an eye on what other processes
// write.
#pragma once

#include <filesystem>
#include <future>
#include <memory>

#include "storage/connection.h"
#include "storage/current_peers.h"
#include "storage/current_users.h"
#include "storage/database.h"
#include "storage/writer.h"

namespace storage {

struct StoreOptions {
  DatabaseOptions database;
  WriterOptions writer;
};

class Store {
 public:
  // Opens the database of `directory` (errors: open_database) and reads its users and peers.
  [[nodiscard]] static Result<std::unique_ptr<Store>> open(const std::filesystem::path& directory,
                                                           const StoreOptions& options = {});

  // From any thread. When a job's success is told, they have its effect already.
  [[nodiscard]] const CurrentUsers& users() const { return users_; }
  [[nodiscard]] const CurrentPeers& peers() const { return peers_; }
  [[nodiscard]] Outcome submit(Job job, Writer::Done done);  // see Writer
  [[nodiscard]] std::future<Outcome> submit(Job job);

  // Writes that were lost, whoever wanted them; from any thread.
  [[nodiscard]] WriteFailures write_failures() const { return writer_.failures(); }

  // Takes over what another process (`icebox user add`) has changed; true if users() or peers() is newer for
  // it. Costs a few microseconds when nothing was written, else see load_user_snapshot() and
  // load_peer_changes(). Call it several times a second, from one thread. After an error the last good ones
  // stay, and the next call tries again.
  [[nodiscard]] Result<bool> refresh_if_changed();

  // For reading (get_meta, list_users) on the thread of refresh_if_changed(). Refuses writes with kDenied.
  [[nodiscard]] Connection& reader() { return reader_; }

 private:
  Store(Connection reader, Connection writer, const StoreOptions& options);

  CurrentUsers users_;
  CurrentPeers peers_;
  Connection reader_;
  int64_t seen_data_version_ = 0;  // of reader_; SQLite counts from 1
  Writer writer_;                  // last: its thread publishes to users_ and peers_
};

}  // namespace storage
