#include "storage/writer.h"

#include <gmock/gmock.h>

#include <latch>
#include <optional>

#include "storage/database.h"
#include "storage/users.h"
#include "tests/storage/support.h"

namespace storage {
namespace {

Job adding(std::string name) {
  return [name = std::move(name)](Connection& connection) {
    return add_user(connection, name, keys_of(name), kNow);
  };
}

class WriterTest : public testing::Test {
 protected:
  void start(const WriterOptions& options = {}) {
    writer_.emplace(must(open_database(directory_.path())), [this](Connection&) { ++batches_; }, options);
  }
  // Keeps the storage thread busy until release().
  void hold() {
    held_ = writer_->submit(
        [this](Connection&) -> Outcome { return entered_.count_down(), gate_.wait(), Outcome(); });
    entered_.wait();
  }
  void release() {
    gate_.count_down();
    must(held_.get());
  }

  TemporaryDirectory directory_;
  int batches_ = 0;  // of the storage thread; read here once it is joined
  std::latch entered_{1};
  std::latch gate_{1};
  std::future<Outcome> held_;
  std::optional<Writer> writer_;
};

TEST_F(WriterTest, AcknowledgedWriteIsSeenByAnotherConnection) {
  start();
  auto other = must(open_database(directory_.path()));
  for (const std::string name : {"a", "b", "c"}) {
    must(writer_->submit(adding(name)).get());
    EXPECT_EQ(must(list_users(other)).back().name, name);
  }
}

TEST_F(WriterTest, JobsThatWaitTogetherAreOneBatchAndToldInOrder) {
  start();
  hold();
  std::vector<int> told;
  for (int i = 0; i < 10; ++i)
    must(writer_->submit(adding("user" + std::to_string(i)),
                         [&told, i](const Outcome&) { told.push_back(i); }));
  release();
  writer_.reset();
  EXPECT_EQ(batches_, 2);  // the one that held, and the ten
  EXPECT_THAT(told, testing::ElementsAre(0, 1, 2, 3, 4, 5, 6, 7, 8, 9));
}

TEST_F(WriterTest, BatchesAreNoLargerThanTheirLimit) {
  start({.max_batch_jobs = 4});
  hold();
  for (int i = 0; i < 10; ++i)
    must(writer_->submit(adding("user" + std::to_string(i)), [](const Outcome&) {}));
  release();
  writer_.reset();
  EXPECT_EQ(batches_, 1 + 3);
}

TEST_F(WriterTest, FullQueueRefusesAtOnceAndKeepsWhatItAccepted) {
  start({.max_waiting_jobs = 2});
  hold();
  auto first = writer_->submit(adding("a"));
  auto second = writer_->submit(adding("b"));
  const auto third = writer_->submit(adding("c"), [](const Outcome&) { ADD_FAILURE() << "never accepted"; });
  ASSERT_FALSE(third);
  EXPECT_EQ(third.error().fault, Fault::kOverloaded);
  EXPECT_EQ(writer_->failures().count, 1u);
  EXPECT_EQ(writer_->failures().last, third.error().text);
  EXPECT_EQ(writer_->submit(adding("d")).get().error().fault, Fault::kOverloaded);
  release();
  must(first.get());
  must(second.get());
}

TEST_F(WriterTest, EndOfTheWriterCarriesOutWhatWasAccepted) {
  start();
  hold();
  auto last = writer_->submit(adding("last"));
  release();
  writer_.reset();
  must(last.get());
  auto connection = must(open_database(directory_.path()));
  EXPECT_EQ(must(list_users(connection)).size(), 1u);
}

TEST_F(WriterTest, ErrorOfAJobReachesWhoSubmittedIt) {
  start();
  must(writer_->submit(adding("a")).get());
  EXPECT_EQ(writer_->submit(adding("a")).get().error().fault, Fault::kConflict);
  EXPECT_EQ(writer_->failures().count, 0u);  // the job's own fault
}

TEST_F(WriterTest, ThreadsMaySubmitAtTheSameTime) {
  start();
  {
    std::vector<std::jthread> threads;
    for (const std::string name : {"a", "b", "c", "d"})
      threads.emplace_back([this, name] {
        for (int i = 0; i < 25; ++i) must(writer_->submit(adding(name + std::to_string(i))).get());
      });
  }
  auto connection = must(open_database(directory_.path()));
  EXPECT_EQ(must(list_users(connection)).size(), 100u);
}

}  // namespace
}  // namespace storage
