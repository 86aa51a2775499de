// What waits in a send batch as views into the server's buffers, when many records come in one batch.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "tests/net/dtls_world.h"

namespace net {
namespace {

using base::as_bytes;
using testing::DtlsClient;
using ::testing::Each;
using ::testing::ElementsAre;
using testing::path_of;
using ::testing::SizeIs;

const DtlsPath kVictim = path_of("198.51.100.1:4000");
const DtlsPath kAttacker = path_of("198.51.100.2:4000");

// Keeps views until it is told that they die, as the relay's outbox does: copies are made only then. What
// begins with '-' is waited for by nobody, like data for a channel that is not bound.
class DtlsBatchTest : public ::testing::Test, protected DtlsHandler {
 protected:
  DtlsBatchTest() {
    connect(victim, kVictim);
    connect(attacker, kAttacker);
  }

  void connect(DtlsClient& client, const DtlsPath& path) {
    bool done = client.handshake();
    for (int round = 0; round < 10 && !done; ++round) {
      deliver(client, path);
      flush();
      for (const auto& datagram : std::exchange(sent[path.client], {})) done = client.input(datagram);
    }
    ASSERT_TRUE(done);
  }
  // Whole, though it may take several turns.
  void deliver(DtlsClient& client, const DtlsPath& path) {
    server.begin_turn();
    for (const auto& datagram : std::exchange(client.sent, {})) server.handle_datagram({}, path, datagram);
    while (server.has_unfinished()) server.go_on({});
  }
  // All that `client` has written leaves as one datagram.
  static void join(DtlsClient& client) {
    DtlsClient::Datagram joined;
    for (const auto& datagram : client.sent) joined.insert(joined.end(), datagram.begin(), datagram.end());
    client.sent = {joined};
  }
  void write_junk(size_t records) {
    for (size_t i = 0; i < records; ++i) attacker.write("-junk");
    join(attacker);
  }
  void flush() {
    for (const auto& [path, view] : waiting_data) data[path.client].emplace_back(base::as_text(view));
    for (const auto& [path, view] : waiting_datagrams)
      sent[path.client].emplace_back(view.begin(), view.end());
    waiting_data.clear();
    waiting_datagrams.clear();
  }
  void end_batch() {
    flush();
    server.end_batch();
  }

  void on_dtls_send(const DtlsPath& path, base::Bytes datagram) override {
    waiting_datagrams.emplace_back(path, datagram);
  }
  void on_dtls_data(const DtlsPath& path, base::MutableBytes bytes) override {
    if (bytes[0] != '-') waiting_data.emplace_back(path, bytes);
    if (bytes[0] == '?') {
      for (int i = 0; i < 100; ++i) server.send(path, {{as_bytes("answer")}});
      EXPECT_EQ(base::as_text(bytes), "?") << "the record that is being handled stays";
    }
  }
  void on_dtls_buffers_lent() override {
    ++flushes_asked;
    flush();
  }
  bool is_in_use(const DtlsPath&) override { return false; }
  void on_dtls_closed(const DtlsPath&) override {}

  std::vector<std::pair<DtlsPath, base::Bytes>> waiting_data, waiting_datagrams;
  std::map<base::Endpoint, std::vector<std::string>> data;
  std::map<base::Endpoint, std::vector<DtlsClient::Datagram>> sent;
  int flushes_asked = 0;
  DtlsClient victim, attacker;
  DtlsServer server{{}, testing::make_dtls_context(), {}, *this};
};

TEST_F(DtlsBatchTest, JunkRecordsOfOneClientDoNotReplaceWhatAnotherSaid) {
  victim.write("mine");
  deliver(victim, kVictim);
  write_junk(64);
  deliver(attacker, kAttacker);
  end_batch();
  EXPECT_THAT(data[kVictim.client], ElementsAre("mine"));
}

TEST_F(DtlsBatchTest, WhatOneClientSaysIsNotDecryptedOverWhatAnotherWaitsToSend) {
  attacker.write("of the attacker");
  write_junk(63);
  deliver(attacker, kAttacker);
  victim.write("secret of one");
  deliver(victim, kVictim);
  end_batch();
  EXPECT_THAT(data[kAttacker.client], ElementsAre("of the attacker"));
  EXPECT_THAT(data[kVictim.client], ElementsAre("secret of one"));
}

TEST_F(DtlsBatchTest, EverythingInOneBatchArrivesAsItWasSentHoweverMuch) {
  std::vector<std::string> of_victim, of_attacker;
  for (int i = 0; i < 500; ++i) {
    victim.write(of_victim.emplace_back("v" + std::to_string(i)));
    attacker.write(of_attacker.emplace_back("a" + std::to_string(i)));
    if (i % 7 == 0) join(victim);
    deliver(victim, kVictim);
    deliver(attacker, kAttacker);
  }
  end_batch();
  EXPECT_EQ(data[kVictim.client], of_victim);
  EXPECT_EQ(data[kAttacker.client], of_attacker);
}

TEST_F(DtlsBatchTest, AnswersToOneClientDoNotReplaceWhatIsOnItsWayToAnother) {
  ASSERT_TRUE(server.send(kVictim, {{as_bytes("for "), as_bytes("the victim")}}));
  attacker.write("?");
  deliver(attacker, kAttacker);
  end_batch();
  ASSERT_THAT(sent[kVictim.client], SizeIs(1));
  EXPECT_EQ(victim.read(sent[kVictim.client][0]), "for the victim");
  ASSERT_THAT(sent[kAttacker.client], SizeIs(100));
  for (const auto& datagram : sent[kAttacker.client]) EXPECT_EQ(attacker.read(datagram), "answer");
}

TEST_F(DtlsBatchTest, AClientWhoseRecordsAreBeingReadIsToldOfDataForAnother) {
  std::vector<std::string> expected(70, "?");
  for (int i = 0; i < 70; ++i) attacker.write("?");
  join(attacker);
  victim.write("before");
  deliver(victim, kVictim);
  deliver(attacker, kAttacker);
  victim.write("after");
  deliver(victim, kVictim);
  end_batch();
  EXPECT_THAT(data[kVictim.client], ElementsAre("before", "after"));
  EXPECT_EQ(data[kAttacker.client], expected);
  EXPECT_GT(flushes_asked, 100);
}

TEST_F(DtlsBatchTest, BatchesThatEndNeedNoFlushOnTheWay) {
  for (int i = 0; i < 1000; ++i) {
    victim.write("mine");
    deliver(victim, kVictim);
    end_batch();
  }
  EXPECT_EQ(flushes_asked, 0);
  EXPECT_THAT(data[kVictim.client], ::testing::AllOf(SizeIs(1000), Each("mine")));
}

}  // namespace
}  // namespace net
