// The hub under any order of attaching, sending, confirming, detaching, changes of peers and pauses. Whatever
// comes: frames of a session are numbered without a gap and mean the same when repeated; a session gets no
// message twice and each sender's in order; an id gets one final receipt; every bound holds; nothing is said
// to a connection that has ended; what is told as delivered was handed to a connection that had room; nobody
// hears of an unverified peer's presence; who is too fast is taken after the time that it was told; and in the
// end nothing is left. The input is records: one octet of kind, one of argument.
#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "signaling/hub.h"
#include "signaling/peer_table.h"
#include "tests/support/fake_clock.h"
#include "tests/support/fixed_random.h"

namespace {

using namespace signaling;
using namespace std::chrono_literals;

constexpr UserId kRealm{-1};
constexpr int64_t kRegistered = 6;
constexpr size_t kPeers = 8;

void require(bool holds) {
  if (!holds) __builtin_trap();
}

HubOptions tight_options() {
  HubOptions options;
  options.offline_queue = {4, 4 * 300, 10s};
  options.history = {6, 6 * 300, 20s};
  options.rates = {20, 30, 10'000, 10'000};
  options.unanswered_ids = 5;
  options.sessions = 7;
  options.queued_bytes = 8 * 300;
  options.history_bytes = 12 * 300;
  options.receiver_bytes = 350;
  options.user_bytes = 5 * 300;
  return options;
}

RealmOptions realm_options() {
  RealmOptions options;
  options.queue = {3, 3 * 300, 5s};
  options.queue_for_absent = options.queue_expires_whole = true;
  options.absent_names = 2;
  options.queued_bytes = 4 * 300;
  return options;
}

// Connections whose clients read nothing.
struct FullWires final : Wires {
  bool can_take(ConnectionId connection, size_t) override { return !full.contains(connection); }
  std::set<ConnectionId> full;
};

// What a client that resumes its session knows of it, and what the hub may not contradict.
struct SessionView {
  uint64_t given = 0;                      // highest n
  std::map<uint64_t, std::string> frames;  // what each n meant
  std::set<uint64_t> serials;              // of messages
  std::map<PeerId, uint64_t> newest;       // serial from each sender
  std::map<PeerId, uint64_t> last_seq;
  std::map<uint64_t, ReceiptStatus> finals;  // by id
  std::set<uint64_t> accepted;               // ids of its own messages
  std::map<uint64_t, uint64_t> serial_of;    // by id
  uint64_t next_id = 1;
};

struct Connection {
  size_t peer = 0;
  std::string session;  // empty: not welcomed
  uint64_t next_n = 1;
  uint64_t resumed_after = 0;
};

class Scene {
 public:
  Scene() {
    hub_.use(wires_);
    hub_.open_realm(kRealm, realm_options());
    for (int64_t id = 1; id <= kRegistered; ++id) add_peer(id - 1);
  }

  void play(uint8_t kind, uint8_t argument) {
    switch (kind & 15) {
      case 0:
      case 1:
      case 2:
        return attach(argument & 7, kind >> 4, argument >> 3);
      case 3:
        return detach(argument, kind & 0x80 ? Ending::kClean : Ending::kBroken);
      case 4:
      case 5:
        return confirm(argument, kind >> 4);
      case 6:
        return pass(250ms * (argument + 1));
      case 7:
        return change_peer(argument % kRegistered, kind >> 4);
      case 8:
        if (kind & 0x80) hub_.end_session(now(), ids_[argument % kRegistered], kCloseRevoked, "kicked");
        return drain();
      case 9:
        return kind & 0x80 ? stop_reading(argument) : stale(argument);
      default:
        return send(argument, kind >> 4);
    }
  }

  // Everything that waits comes to its end; who is still there has heard of all its ids; then all go.
  void finish() {
    for (int i = 0; i < 8; ++i) pass(10s);
    for (const auto& [id, connection] : connections_) {
      const auto& view = views_[connection.session];
      if (ids_[connection.peer] < PeerId{0} || connection.session.empty()) continue;
      for (const auto accepted : view.accepted) require(view.finals.contains(accepted));
    }
    require(hub_.queued_bytes() == 0);
    while (!connections_.empty()) detach(0, Ending::kClean);
    for (int i = 0; i < 8; ++i) pass(20s);
    require(hub_.session_count() == 0 && hub_.history_bytes() == 0 && !hub_.poll_timeout());
  }

 private:
  base::TimePoint now() const { return clock_.steady(); }
  static std::string name_of(size_t peer) { return std::string(1, static_cast<char>('a' + peer)); }

  void add_peer(int64_t slot) {
    Peer peer{
        .id = PeerId{++last_peer_}, .user = UserId{1 + slot % 2}, .name = name_of(static_cast<size_t>(slot))};
    peer.verified = slot != 5;
    ids_[static_cast<size_t>(slot)] = peer.id;
    tell(table_.put(std::move(peer)));
  }
  void tell(const PeerChange& change) {
    hub_.handle_peer_changed(now(), change.before, change.after);
    drain();
  }
  void change_peer(size_t slot, int how) {
    if (how & 4) {
      tell(table_.remove(ids_[slot]));
      return add_peer(static_cast<int64_t>(slot));
    }
    Peer peer = *table_.find(ids_[slot]);
    if (how & 1) peer.verified = !peer.verified;
    if (how & 2) peer.name += "x";
    if (peer.name.size() > 4) peer.name = name_of(slot);
    tell(table_.put(std::move(peer)));
  }

  void attach(size_t peer, int how, size_t missed) {
    const ConnectionId id{++last_connection_};
    Attach attach{.confirms = (how & 1) != 0};
    connections_[id] = {.peer = peer};
    if (peer < static_cast<size_t>(kRegistered)) {
      attach.who = ids_[peer];
      const auto known = sessions_.find(peer);
      if ((how & 2) && known != sessions_.end()) {
        // It lost the last frames on the way; or, to nobody's good, claims more than it was given.
        const uint64_t given = views_[known->second].given;
        const uint64_t last = how & 4 ? given + missed : given - std::min<uint64_t>(given, missed);
        attach.resume = Resume{known->second, last};
        connections_[id].resumed_after = last;
      }
    } else {
      attach.who = Ephemeral{kRealm, name_of(peer), "", how & 4 ? "mine" : "yours"};
      attach.keeps_history = false;
    }
    hub_.attach(now(), id, attach);
    drain();
    // A name that is taken: the connection is not attached.
    if (std::exchange(refused_attach_, false)) connections_.erase(id);
  }

  std::map<ConnectionId, Connection>::iterator pick(uint8_t argument) {
    return connections_.empty()
               ? connections_.end()
               : std::next(connections_.begin(), argument % static_cast<int>(connections_.size()));
  }
  void detach(uint8_t argument, Ending ending) {
    const auto at = pick(argument);
    if (at == connections_.end()) return;
    const auto id = at->first;
    connections_.erase(at);
    last_gone_ = id;
    hub_.detach(now(), id, ending);
    drain();
  }
  // Of what it was given, of less, or of more.
  void confirm(uint8_t argument, uint64_t back) {
    const auto at = pick(argument);
    if (at == connections_.end()) return;
    const uint64_t last = at->second.next_n - 1;
    hub_.confirm(now(), at->first, back == 15 ? last + 3 : last - std::min(last, back));
    drain();
  }
  void stop_reading(uint8_t argument) {
    if (const auto at = pick(argument); at != connections_.end()) wires_.full.insert(at->first);
  }
  void stale(uint8_t argument) {
    hub_.send(now(), last_gone_, {.target = "a", .body = "never", .id = argument});
    hub_.confirm(now(), last_gone_, argument);
    hub_.detach(now(), last_gone_, Ending::kClean);
    drain();
  }
  void pass(std::chrono::nanoseconds time) {
    clock_.advance(time);
    hub_.handle_timeout(now());
    drain();
  }

  void send(uint8_t argument, int how) {
    const auto at = pick(argument >> 3);
    if (at == connections_.end()) return;
    const auto session = at->second.session;
    auto& view = views_[session];
    Outgoing outgoing{.target = name_of(argument & 7), .body = std::to_string(++last_serial_)};
    outgoing.body.resize(how & 4 ? 200 : 10, ' ');
    const bool again = (how & 8) && view.next_id > 1;
    if (how & 3) outgoing.id = again ? view.next_id - 1 : view.next_id;
    const auto id = outgoing.id;
    refused_ = false;
    if (id && !view.accepted.contains(*id)) view.serial_of[*id] = last_serial_;
    const auto connection = at->first;
    const auto refused_for_rate = hub_.counters().refused_rate;
    Outgoing once_more{.target = outgoing.target, .body = outgoing.body};
    const size_t queued_before = hub_.queued_bytes();
    hub_.send(now(), at->first, std::move(outgoing));
    // Nothing more is taken into a full queue. What a connection took and did not confirm may go beyond.
    const size_t floors = tight_options().sessions * tight_options().receiver_bytes;
    const size_t bound = tight_options().queued_bytes + realm_options().queued_bytes + floors;
    require(hub_.queued_bytes() <= std::max(queued_before, bound));
    // Before the outputs: its receipt is among them.
    const bool is_new = id && !session.empty() && view.accepted.insert(*id).second;
    if (is_new && !again) ++view.next_id;
    drain();
    if (refused_ && is_new) {
      view.accepted.erase(*id);
      require(!view.finals.contains(*id));
    }
    if (hub_.counters().refused_rate != refused_for_rate) come_again(connection, std::move(once_more));
  }
  // After the time that it was told.
  void come_again(ConnectionId connection, Outgoing outgoing) {
    require(retry_after_ > 0ms);
    pass(retry_after_);
    if (!connections_.contains(connection)) return;
    const auto refused_for_rate = hub_.counters().refused_rate;
    outgoing.body = std::to_string(++last_serial_);
    outgoing.body.resize(10, ' ');
    hub_.send(now(), connection, std::move(outgoing));
    drain();
    require(hub_.counters().refused_rate == refused_for_rate);
  }

  void drain() {
    while (const auto output = hub_.poll_output()) {
      require(connections_.contains(output->connection));
      std::visit([&](const auto& what) { hear(output->connection, what); }, output->what);
    }
    require(hub_.session_count() <= tight_options().sessions);
  }

  void hear(ConnectionId id, const Welcome& welcome) {
    auto& connection = connections_.at(id);
    require(!welcome.resumed || welcome.session == sessions_.at(connection.peer));
    require(welcome.resumed == views_.contains(welcome.session));  // a fresh one was never seen before
    require(!welcome.resumed || connection.resumed_after <= views_[welcome.session].given);
    connection.session = sessions_[connection.peer] = welcome.session;
    connection.next_n = welcome.resumed ? connection.resumed_after + 1 : 1;
    views_[welcome.session];
  }
  // True: the session hears it for the first time.
  bool number(ConnectionId id, uint64_t n, const std::string& meaning) {
    auto& connection = connections_.at(id);
    auto& view = views_.at(connection.session);
    require(n == connection.next_n++);
    const auto [at, is_new] = view.frames.emplace(n, meaning);
    require(at->second == meaning && is_new == (n > view.given));
    view.given = std::max(view.given, n);
    return is_new;
  }
  void hear(ConnectionId id, const Relayed& relayed) {
    const auto& message = *relayed.message;
    if (!number(id, relayed.n, "message " + message.body)) return;
    auto& view = views_.at(connections_.at(id).session);
    const uint64_t serial = std::stoull(message.body);
    require(!wires_.full.contains(id));  // it reads nothing: closed instead, and a new connection reads
    relayed_.insert(serial);
    require(view.serials.insert(serial).second);
    require(std::exchange(view.newest[message.source->id], serial) < serial);
    if (relayed.seq > 0) require(std::exchange(view.last_seq[message.source->id], relayed.seq) < relayed.seq);
    require(message.source->user == message.target->user);
  }
  void hear(ConnectionId id, const Receipt& receipt) {
    const auto status = std::to_string(static_cast<int>(receipt.status));
    if (!number(id, receipt.n, "receipt " + status + (receipt.id ? " " + std::to_string(*receipt.id) : "")))
      return;
    if (!receipt.id) return require(receipt.status == ReceiptStatus::kNotDelivered);
    auto& view = views_.at(connections_.at(id).session);
    require(view.accepted.contains(*receipt.id));
    if (receipt.status == ReceiptStatus::kQueued) return;
    require(receipt.status != ReceiptStatus::kDelivered || relayed_.contains(view.serial_of.at(*receipt.id)));
    // Once; and once more, the same, to whoever sends the id again.
    const auto [at, is_new] = view.finals.emplace(*receipt.id, receipt.status);
    require(at->second == receipt.status);
  }
  void hear(ConnectionId id, const PeerUpdate& update) {
    number(id, update.n, "update " + update.peer->name);
    require(!update.online || update.peer->verified);
  }
  void hear(ConnectionId id, const Refused& refused) {
    refused_ = true;
    retry_after_ = refused.retry_after;
    require((refused.code == kErrorTooMuch) == (refused.retry_after > 0ms));
    auto& connection = connections_.at(id);
    if (refused.code == kErrorConflict && !refused.id) refused_attach_ = true;
    if (refused.code == kErrorUnverified) connection.session.clear();
  }
  void hear(ConnectionId id, const Close&) {
    require(connections_.erase(id) == 1);
    last_gone_ = id;
  }

  support::FixedRandom random_{1};
  support::FakeClock clock_;
  PeerTable table_{{1, 2}};
  FullWires wires_;
  std::set<uint64_t> relayed_;  // serials of messages that a connection was given
  std::chrono::milliseconds retry_after_{};
  Hub hub_{table_, random_, clock_.steady(), tight_options()};
  std::vector<PeerId> ids_ = std::vector<PeerId>(kPeers, PeerId{-1});
  std::map<ConnectionId, Connection> connections_;  // that the hub knows
  std::map<size_t, std::string> sessions_;          // the last of each peer
  std::map<std::string, SessionView> views_;
  ConnectionId last_gone_{0};
  int64_t last_peer_ = 0;
  uint64_t last_connection_ = 0;
  uint64_t last_serial_ = 0;
  bool refused_ = false;
  bool refused_attach_ = false;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  Scene scene;
  for (size_t at = 0; at + 1 < size && at < 1000; at += 2) scene.play(data[at], data[at + 1]);
  scene.finish();
  return 0;
}
