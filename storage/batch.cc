#include "storage/batch.h"

#include "storage/transaction.h"

namespace storage {
namespace {

// The outcomes of the jobs, or why none of them is in the database.
Result<std::vector<Outcome>> commit_together(Connection& connection, std::span<Job> jobs) {
  auto transaction = Transaction::begin_write(connection);
  if (!transaction) return std::unexpected(transaction.error());
  std::vector<Outcome> outcomes;
  for (Job& job : jobs) {
    outcomes.push_back(run_in_savepoint(connection, [&] { return job(connection); }));
    if (!connection.in_transaction()) return std::unexpected(outcomes.back().error());
  }
  if (auto committed = transaction->commit(); !committed) return std::unexpected(committed.error());
  return outcomes;
}

}  // namespace

std::vector<Outcome> run_batch(Connection& connection, std::span<Job> jobs) {
  auto together = commit_together(connection, jobs);
  if (together) return *std::move(together);
  // Not after kBusy: each further try would wait for the busy timeout again.
  if (jobs.size() == 1 || together.error().fault == Fault::kBusy)
    return std::vector<Outcome>(jobs.size(), std::unexpected(together.error()));
  std::vector<Outcome> outcomes;
  for (size_t i = 0; i < jobs.size(); ++i)
    outcomes.push_back(run_batch(connection, jobs.subspan(i, 1)).front());
  return outcomes;
}

}  // namespace storage
