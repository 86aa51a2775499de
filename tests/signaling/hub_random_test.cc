// Thousands of random steps over two users, held to the model after each one.
#include <gmock/gmock.h>

#include <algorithm>
#include <string>

#include "signaling/peer_table.h"
#include "tests/signaling/hub_model.h"
#include "tests/support/fake_clock.h"
#include "tests/support/fixed_random.h"

namespace signaling {
namespace {

using namespace std::chrono_literals;

HubOptions small_options() {
  HubOptions options;
  options.offline_queue.messages = 5;
  options.history.messages = 24;
  options.history.age = 24h;  // the model forgets nothing
  options.rates = {1'000'000, 1'000'000, 1'000'000'000, 1'000'000'000};
  options.stranger_updates_per_second = options.burst_stranger_updates = 1'000'000;
  return options;
}

class RandomRun {
 public:
  explicit RandomRun(uint64_t seed) : random_(seed) {
    for (int i = 0; i < 8; ++i) add_peer();
  }

  void step() {
    switch (random_.below(20)) {
      case 0:
      case 1:
      case 2:
        return attach(any(), random_.below(4) != 0, random_.below(2) == 0);
      case 3:
        return detach(random_.below(2) ? Ending::kClean : Ending::kBroken);
      case 4:
        return go_deaf();
      case 5:
      case 6:
        return confirm();
      case 7:
        return pass(std::chrono::milliseconds(random_.below(random_.below(8) ? 3000 : 40'000)));
      case 8:
        if (random_.below(3) == 0) return change_peer();
        return repeat_id();
      default:
        for (auto left = 1 + random_.below(3); left > 0; --left) send();
    }
  }

  // Everybody comes back, confirms and hears all: nothing may be open then.
  void finish() {
    for (const PeerId id : ids()) attach(id, true, true);
    for (int i = 0; i < 3; ++i) {
      for (const PeerId id : ids()) confirm_all(id);
      pass(20s);
    }
    for (const auto& [serial, message] : model_.messages) ASSERT_TRUE(message.end) << serial;
    for (const auto& [id, member] : model_.members) {
      if (!member.verified) continue;
      EXPECT_TRUE(member.owed.empty()) << name(id) << " was not told of all its messages";
      EXPECT_EQ(member.view, truth(member.user)) << name(id) << " has another picture of its user";
    }
    EXPECT_EQ(hub_.queued_bytes(), 0u);
    EXPECT_EQ(hub_.session_count(), model_.members.size());
  }

 private:
  std::vector<PeerId> ids() const {
    std::vector<PeerId> all;
    for (const auto& [id, member] : model_.members) all.push_back(id);
    return all;
  }
  PeerId any() { return ids()[random_.below(model_.members.size())]; }
  HubModel::Member& of(PeerId id) { return model_.members.at(id); }
  std::string name(PeerId id) { return of(id).name; }
  base::TimePoint now() const { return clock_.steady(); }
  // A connected peer, or 0.
  PeerId any_connected(bool hearing) {
    std::vector<PeerId> found;
    for (const auto& [id, member] : model_.members) {
      if (member.connection && !(hearing && member.deaf)) found.push_back(id);
    }
    return found.empty() ? PeerId{0} : found[random_.below(found.size())];
  }

  void add_peer() {
    Peer peer{.id = PeerId{++last_peer_}, .user = UserId{1 + static_cast<int64_t>(random_.below(2))}};
    peer.name = std::string(1, static_cast<char>('a' + last_peer_ % 26)) + std::to_string(last_peer_);
    peer.verified = random_.below(4) != 0;
    model_.members[peer.id] = {.user = peer.user, .name = peer.name, .verified = peer.verified};
    model_.note_change(peer.user);
    tell(table_.put(peer));
  }

  void change_peer() {
    const PeerId id = any();
    Peer peer = *table_.find(id);
    switch (random_.below(3)) {
      case 0:
        model_.remove(id);
        tell(table_.remove(id));
        return add_peer();
      case 1:
        of(id).name = peer.name = "renamed" + std::to_string(++renames_);
        model_.note_change(peer.user);
        return tell(table_.put(peer));
      default:
        peer.verified = !peer.verified;
        model_.set_verified(now(), id, peer.verified);
        tell(table_.put(peer));
    }
  }
  void tell(const PeerChange& change) {
    hub_.handle_peer_changed(now(), change.before, change.after);
    check_outputs(drain());
  }

  void attach(PeerId id, bool with_resume, bool confirms) {
    const ConnectionId connection{++last_connection_};
    auto& member = of(id);
    const auto resume = with_resume && !member.session.empty()
                            ? std::optional(Resume{member.session, member.last_n})
                            : std::nullopt;
    const auto older = member.connection;
    hub_.attach(now(), connection, {.who = id, .resume = resume, .confirms = confirms});
    const auto outputs = drain();
    const auto welcome = std::ranges::find_if(
        outputs, [](const Output& output) { return std::holds_alternative<Welcome>(output.what); });
    const bool resumed = welcome != outputs.end() && std::get<Welcome>(welcome->what).resumed;
    ASSERT_EQ(welcome != outputs.end(), member.verified);
    ASSERT_TRUE(!resumed || (resume && member.incarnation != 0));
    ASSERT_TRUE(resumed || !resume || !member.verified || !model_.must_resume(member));
    const auto closes = std::ranges::count_if(outputs, [&](const Output& output) {
      return output.connection == older && std::holds_alternative<Close>(output.what);
    });
    ASSERT_EQ(closes, older ? 1 : 0);
    model_.attach(now(), id, connection, confirms, resumed ? std::optional(member.last_n) : std::nullopt);
    check_outputs(outputs);
  }

  void detach(Ending ending) {
    const PeerId id = any_connected(false);
    if (id == PeerId{0}) return;
    const auto connection = *of(id).connection;
    model_.detach(now(), id, ending);
    hub_.detach(now(), connection, ending);
    check_outputs(drain());
    if (random_.below(2)) hub_.detach(now(), connection, Ending::kClean);  // late, twice: harmless
    check_outputs(drain());
  }

  void go_deaf() {
    const PeerId id = any_connected(true);
    if (id != PeerId{0}) of(id).deaf = true;
  }

  void confirm() {
    const PeerId id = any_connected(true);
    if (id == PeerId{0} || !of(id).verified) return;
    confirm_to(id, random_.below(of(id).last_n + 1));
  }
  void confirm_all(PeerId id) {
    if (of(id).verified) confirm_to(id, of(id).last_n);
  }
  void confirm_to(PeerId id, uint64_t n) {
    model_.confirm(id, n);
    hub_.confirm(now(), *of(id).connection, n);
    check_outputs(drain());
  }

  void pass(std::chrono::nanoseconds time) {
    clock_.advance(time);
    model_.pass(now());
    hub_.handle_timeout(now());
    check_outputs(drain());
  }

  void send() {
    const PeerId from = any_connected(true);
    if (from == PeerId{0}) return;
    auto& sender = of(from);
    const std::string target =
        random_.below(10) ? name(any()) : "nobody";  // half of them are the other user's
    const auto id = random_.below(3) ? std::optional(sender.next_id) : std::nullopt;
    const int serial = ++last_serial_;
    const auto connection = *sender.connection;
    fetch_ahead(connection);
    const auto refusal = model_.send(now(), from, target, serial, id);
    hub_.send(now(), connection, {.target = target, .body = std::to_string(serial), .id = id});
    const auto outputs = drain();
    const auto refused = std::ranges::find_if(
        outputs, [](const Output& output) { return std::holds_alternative<Refused>(output.what); });
    ASSERT_EQ(refused != outputs.end(), refusal.has_value());
    if (refusal) {
      ASSERT_EQ(std::get<Refused>(refused->what).code, *refusal);
    } else if (id) {
      ++sender.next_id;
    }
    check_outputs(outputs);
  }

  // Whatever has become of whom it sent to last; the model will tell if it changes anything.
  void fetch_ahead(ConnectionId connection) const {
    for (unsigned step = 0; step <= Hub::kFetchSteps; ++step) (void)hub_.fetch_ahead(connection, step);
    const auto receiver = hub_.last_receiver(connection);
    ASSERT_TRUE(!receiver || model_.owner(*receiver) != PeerId{0});
  }

  // Nothing is relayed, and if anything is said it is what was said before.
  void repeat_id() {
    const PeerId from = any_connected(true);
    if (from == PeerId{0} || of(from).next_id == 1 || !of(from).verified) return;
    const auto id = 1 + random_.below(of(from).next_id - 1);
    hub_.send(now(), *of(from).connection, {.target = name(from), .body = "again", .id = id});
    const auto outputs = drain();
    for (const auto& output : outputs) {
      if (const auto* receipt = std::get_if<Receipt>(&output.what))
        of(from).owed.insert({id, receipt->status});
    }
    check_outputs(outputs);
  }

  std::vector<Output> drain() {
    std::vector<Output> outputs;
    while (auto output = hub_.poll_output()) outputs.push_back(std::move(*output));
    return outputs;
  }

  void check_outputs(const std::vector<Output>& outputs) {
    std::map<ConnectionId, std::vector<int>> relayed;
    for (const auto& output : outputs) {
      if (const auto* message = std::get_if<Relayed>(&output.what))
        relayed[output.connection].push_back(std::stoi(message->message->body));
      const PeerId id = model_.owner(output.connection);
      if (id == PeerId{0}) continue;  // closed in this step
      std::visit([&](const auto& what) { hear(id, what); }, output.what);
    }
    ASSERT_EQ(relayed, std::exchange(model_.to_be_relayed, {}));
  }

  void hear(PeerId id, const Welcome& welcome) {
    auto& member = of(id);
    member.session = welcome.session;
    member.view.clear();
    for (const auto& [peer, online] : welcome.peers)
      member.view[peer->id] = {peer->name, peer->verified, online};
  }
  // Numbers follow each other without a gap, whatever was lost in between. True: the client hears it.
  bool number(HubModel::Member& member, uint64_t n) {
    if (n > member.given_n) {
      EXPECT_EQ(n, member.given_n + 1);
      member.given_n = n;
    }
    if (member.deaf) return false;
    EXPECT_EQ(n, member.last_n + 1);
    member.last_n = n;
    return true;
  }
  void hear(PeerId id, const Relayed& relayed) {
    auto& member = of(id);
    const int serial = std::stoi(relayed.message->body);
    const auto& message = model_.messages.at(serial);
    EXPECT_EQ(message.to, id);
    EXPECT_EQ(relayed.message->source->user, member.user);
    EXPECT_TRUE(member.verified);
    EXPECT_EQ(relayed.message->id, message.id);
    for (auto& item : member.items) {
      if (item.serial == serial) item.n = relayed.n;
    }
    if (relayed.n > member.given_n) member.given.emplace_back(relayed.n, serial);
    if (!number(member, relayed.n)) return;
    if (!member.received.insert(serial).second) return;  // again in a fresh session: its id tells
    EXPECT_GT(serial, std::exchange(member.newest_from[message.from], serial)) << "out of order";
  }
  void hear(PeerId id, const Receipt& receipt) {
    auto& member = of(id);
    if (!number(member, receipt.n) || !receipt.id) return;
    const auto owed = member.owed.find({*receipt.id, receipt.status});
    ASSERT_NE(owed, member.owed.end()) << name(id) << " id " << *receipt.id;
    member.owed.erase(owed);
  }
  void hear(PeerId id, const PeerUpdate& update) {
    auto& member = of(id);
    EXPECT_TRUE(member.verified);
    EXPECT_EQ(update.peer->user, member.user);
    if (!number(member, update.n)) return;
    member.view[update.peer->id] = {update.peer->name, update.peer->verified, update.online};
    if (update.removed) member.view.erase(update.peer->id);
  }
  void hear(PeerId, const Refused&) {}
  void hear(PeerId, const Close&) { ADD_FAILURE() << "closed a connection that is the peer's own"; }

  std::map<PeerId, HubModel::View> truth(UserId user) const {
    std::map<PeerId, HubModel::View> peers;
    for (const auto& [id, member] : model_.members) {
      if (member.user == user) peers[id] = {member.name, member.verified, member.verified && member.online};
    }
    return peers;
  }

  support::FixedRandom random_;
  support::FixedRandom hub_random_{99};
  support::FakeClock clock_;
  PeerTable table_{{3, 4}};
  HubModel model_{small_options()};
  Hub hub_{table_, hub_random_, clock_.steady(), small_options()};
  int64_t last_peer_ = 0;
  uint64_t last_connection_ = 0;
  int last_serial_ = 0;
  int renames_ = 0;
};

class HubRandomTest : public testing::TestWithParam<uint64_t> {};

TEST_P(HubRandomTest, EveryStepIsAsTheModelSays) {
  RandomRun run(GetParam());
  for (int i = 0; i < 3000; ++i) {
    run.step();
    if (HasFailure()) FAIL() << "in step " << i;
  }
  run.finish();
}
INSTANTIATE_TEST_SUITE_P(Seeds, HubRandomTest, testing::Range<uint64_t>(1, 41));

}  // namespace
}  // namespace signaling
