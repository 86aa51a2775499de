// The storage thread: takes write jobs from a bounded queue and commits them in batches.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <future>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "storage/batch.h"
#include "storage/connection.h"

namespace storage {

struct WriterOptions {
  // Jobs that may wait; one more is refused. Bounds memory, and how long the last in the queue waits.
  size_t max_waiting_jobs = 4096;
  // Jobs per transaction: bounds how long another process has to wait for the write lock.
  size_t max_batch_jobs = 512;
};

// Writes that were lost because the disk, or another process, refused them.
struct WriteFailures {
  uint64_t count = 0;
  std::string last;  // its text; empty: none yet
};

class Writer {
 public:
  // Hears the outcome of one job, on the storage thread: hand it over and return at once. Must not throw.
  using Done = std::move_only_function<void(const Outcome&)>;
  // Runs on the storage thread after each batch and before its outcomes are told.
  using AfterBatch = std::move_only_function<void(Connection&)>;

  Writer(Connection connection, AfterBatch after_batch, const WriterOptions& options = {});
  // Carries out every accepted job, tells its outcome, then joins the thread.
  ~Writer();
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  // Accepts `job`, from any thread, without waiting. `done` hears of success only once the job is on the
  // disk, and exactly once. On kOverloaded neither of them is ever called.
  [[nodiscard]] Outcome submit(Job job, Done done);
  // The same with a future, for threads that may wait. kOverloaded arrives in it as well.
  [[nodiscard]] std::future<Outcome> submit(Job job);
  // So far; from any thread.
  [[nodiscard]] WriteFailures failures() const;

 private:
  struct Batch {
    std::vector<Job> jobs;
    std::vector<Done> dones;
  };

  void run(const std::stop_token& stop);
  Batch wait_for_batch(const std::stop_token& stop);  // empty: stopped, and nothing left to do
  void carry_out(Batch& batch);
  void note_failure(const Outcome& outcome);

  const WriterOptions options_;
  Connection connection_;     // of the storage thread
  AfterBatch after_batch_;    // of the storage thread
  mutable std::mutex mutex_;  // guards waiting_ and failures_
  std::condition_variable_any arrived_;
  std::deque<std::pair<Job, Done>> waiting_;
  WriteFailures failures_;
  std::jthread thread_;  // last: starts when all else is there, ends before anything goes
};

}  // namespace storage
