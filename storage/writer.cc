#include "storage/writer.h"

#include <memory>
#include <string>
#include <utility>

#include "storage/sqlite_error.h"

namespace storage {

Writer::Writer(Connection connection, AfterBatch after_batch, const WriterOptions& options)
    : options_(options),
      connection_(std::move(connection)),
      after_batch_(std::move(after_batch)),
      thread_([this](const std::stop_token& stop) { run(stop); }) {}

Writer::~Writer() = default;

Outcome Writer::submit(Job job, Done done) {
  {
    const std::lock_guard lock(mutex_);
    if (waiting_.size() >= options_.max_waiting_jobs) {
      const Outcome refused = std::unexpected(StorageError{
          Fault::kOverloaded, std::to_string(waiting_.size()) +
                                  " writes wait for the database: the disk is slower than the requests; try"
                                  " later, or put data_dir on a faster disk"});
      note_failure(refused);
      return refused;
    }
    waiting_.emplace_back(std::move(job), std::move(done));
  }
  arrived_.notify_one();
  return {};
}

std::future<Outcome> Writer::submit(Job job) {
  auto promise = std::make_shared<std::promise<Outcome>>();
  auto future = promise->get_future();
  auto accepted = submit(std::move(job), [promise](const Outcome& outcome) { promise->set_value(outcome); });
  if (!accepted) promise->set_value(accepted);
  return future;
}

WriteFailures Writer::failures() const {
  const std::lock_guard lock(mutex_);
  return failures_;
}

// Under mutex_.
void Writer::note_failure(const Outcome& outcome) {
  if (outcome || !is_of_storage(outcome.error().fault)) return;
  ++failures_.count;
  failures_.last = outcome.error().text;
}

void Writer::run(const std::stop_token& stop) {
  for (Batch batch = wait_for_batch(stop); !batch.jobs.empty(); batch = wait_for_batch(stop))
    carry_out(batch);
}

Writer::Batch Writer::wait_for_batch(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  arrived_.wait(lock, stop, [this] { return !waiting_.empty(); });
  Batch batch;
  while (!waiting_.empty() && batch.jobs.size() < options_.max_batch_jobs) {
    batch.jobs.push_back(std::move(waiting_.front().first));
    batch.dones.push_back(std::move(waiting_.front().second));
    waiting_.pop_front();
  }
  return batch;
}

void Writer::carry_out(Batch& batch) {
  const auto outcomes = run_batch(connection_, batch.jobs);
  {
    const std::lock_guard lock(mutex_);
    for (const auto& outcome : outcomes) note_failure(outcome);
  }
  after_batch_(connection_);
  for (size_t i = 0; i < outcomes.size(); ++i) batch.dones[i](outcomes[i]);
}

}  // namespace storage
