#include "net/dtls_server.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/timer_wheel.h"
#include "net/dtls_cookies.h"
#include "net/dtls_hello.h"
#include "net/dtls_line.h"
#include "net/dtls_places.h"
#include "net/dtls_records.h"
#include "net/dtls_session.h"
#include "net/lent_buffers.h"
#include "net/link.h"
#include "net/request_budget.h"

namespace net {
namespace {

using base::Bytes;
using base::TimePoint;

constexpr size_t kMaxRecordBytes = 16384;
constexpr size_t kMaxDatagramBytes =
    kMaxRecordBytes + 2048;  // header, nonce and tag of a record (RFC 6347 §4.1)
// Of one handshake: one with each flight of the client, sent again as often as there is time.
constexpr size_t kMostEarlyRecords = 8;

// An honest client's flight after the ClientHello, in as many datagrams as it likes, sent again a few times.
constexpr size_t kMostHandshakeDatagrams = 32;
// Of how many strangers one is looked for that may go: nobody shall pay for all of them.
constexpr size_t kStrangersLookedAt = 64;

using PathKey = std::array<uint64_t, 5>;

// Clients choose their ports: without the key they could choose them to collide.
struct KeyedHash {
  base::SipHashKey key;

  size_t operator()(const PathKey& words) const {
    return base::siphash(key, {reinterpret_cast<const uint8_t*>(words.data()), sizeof words});
  }
};

// While two associations of a path exist, one of them open: a handshake never speaks encrypted but in its
// last message, and an open one nothing else.
bool is_of_handshake(Bytes datagram) {
  constexpr uint8_t kHandshake = 22;
  constexpr size_t kEpochAt = 3;
  return datagram.size() >= kEpochAt + 2 &&
         (datagram[0] == kHandshake || base::load_be16(datagram.data() + kEpochAt) == 0);
}

}  // namespace

struct DtlsServer::Internals final : DtlsSessionOutput {
  Internals(TimePoint now, DtlsContext first_context, const DtlsOptions& given, DtlsHandler& user)
      : options(given),
        handler(user),
        context(std::move(first_context)),
        cookies(given.cookie_key),
        rate(given.cookie_key, given.handshakes_per_second),
        hellos(given.handshakes_per_turn),
        flights(given.handshake_datagrams_per_turn),
        wheel(now),
        places(given.cookie_key, given.limits),
        sessions(0, KeyedHash{given.cookie_key}) {
    begin_turn();
  }

  DtlsSession* find(const DtlsPath& path);
  DtlsSession* find(const DtlsPath& path, Bytes datagram);
  DtlsSession* find_begun_with(const DtlsPath& path, Bytes random);
  void begin_turn();
  void go_on(TimePoint now);
  void go_on(TimePoint now, DtlsSession& session);
  void handle_hello(TimePoint now, const DtlsPath& path, Bytes datagram, const DtlsClientHello& hello);
  void ask_for_cookie(TimePoint now, const DtlsPath& path, const DtlsClientHello& hello);
  bool make_room(const base::IpAddress& newcomer);
  void begin(TimePoint now, const DtlsPath& path, Bytes datagram, Bytes random);
  std::unique_ptr<DtlsSession> make_session(const DtlsPath& path);
  void take_place(std::unique_ptr<DtlsSession>& place, std::unique_ptr<DtlsSession> session);
  bool has_share(DtlsSession& session, const DtlsRecords& records) const;
  void be_in_turn(DtlsSession& session) const;
  size_t share_left(const DtlsSession& session) const;
  void end_reading(TimePoint now, DtlsSession& session, bool was_open);
  bool is_too_early(DtlsSession& session, const DtlsRecords& records) const;
  bool must_wait(const DtlsSession& session, Bytes datagram);
  void feed(TimePoint now, DtlsSession& session, Bytes datagram);
  void read(TimePoint now, DtlsSession& session, Bytes datagram);
  void deliver(DtlsSession& session);
  void settle(TimePoint now, DtlsSession& session, bool was_open);
  void replace_predecessor(const DtlsSession& session);
  void be_sparing(DtlsSession& session);
  void be_known(DtlsSession& session);
  void arm(TimePoint now, DtlsSession& session);
  void expire(TimePoint now, DtlsSession& session);
  void expire_open(TimePoint now, DtlsSession& session);
  void forget(const DtlsSession& session);
  void forget_with_successor(DtlsSession& session);
  void tell_end(const DtlsSession& session);
  void send_record(const DtlsSession& session, Bytes datagram) override;
  void emit(const DtlsPath& path, Bytes datagram);
  void take_back();

  DtlsOptions options;
  DtlsHandler& handler;
  DtlsContext context;
  const DtlsCookies cookies;
  const BioMethodHandle bio_method = make_datagram_bio_method();
  LentBuffers received{kBuffers, kMaxRecordBytes};
  LentBuffers sent{kBuffers, kMaxDatagramBytes};
  // Only from the pieces to the record: nothing that waits points here.
  std::vector<uint8_t> joined = std::vector<uint8_t>(kMaxRecordBytes);
  bool delivering = false;  // the handler is looking at a record
  uint64_t turn = 0;
  size_t strangers_share = 0;  // left of options.strangers_records_per_turn
  RequestBudget rate;
  DtlsLine hellos;   // with valid cookies and within the rate
  DtlsLine flights;  // of handshakes that have begun
  LinkList<DtlsSession> unfinished;
  LinkList<DtlsSession> strangers;
  base::TimerWheel wheel;  // before the sessions: they unlink themselves from it
  DtlsPlaces places;       // one for each of `sessions`, none for their successors
  std::unordered_map<PathKey, std::unique_ptr<DtlsSession>, KeyedHash> sessions;
  Counters counters;
};

DtlsSession* DtlsServer::Internals::find(const DtlsPath& path) {
  const auto found = sessions.find(path.words());
  return found == sessions.end() ? nullptr : found->second.get();
}

DtlsSession* DtlsServer::Internals::find(const DtlsPath& path, Bytes datagram) {
  auto* const session = find(path);
  if (session == nullptr || !session->successor || !is_of_handshake(datagram)) return session;
  return session->successor.get();
}

DtlsSession* DtlsServer::Internals::find_begun_with(const DtlsPath& path, Bytes random) {
  for (auto* session = find(path); session != nullptr; session = session->successor.get()) {
    if (session->began_with(random)) return session;
  }
  return nullptr;
}

// From inside on_dtls_data(), too: then a record is still being looked at, but no datagram.
void DtlsServer::Internals::emit(const DtlsPath& path, Bytes datagram) {
  if (sent.all_lent()) {
    handler.on_dtls_buffers_lent();
    sent.take_back();
  }
  const auto buffer = sent.next().first(datagram.size());
  std::ranges::copy(datagram, buffer.begin());
  sent.lend();
  handler.on_dtls_send(path, buffer);
}

void DtlsServer::Internals::take_back() {
  assert(!delivering);
  received.take_back();
  sent.take_back();
}

void DtlsServer::Internals::send_record(const DtlsSession& session, Bytes datagram) {
  emit(session.path(), datagram);
}

void DtlsServer::Internals::ask_for_cookie(TimePoint now, const DtlsPath& path,
                                           const DtlsClientHello& hello) {
  std::array<uint8_t, kMaxHelloVerifyRequestBytes> buffer;
  emit(path, write_hello_verify_request(hello, cookies.make(now, path, hello.random), buffer));
  counters.cookies_sent.add();
}

// When all places are taken, the stranger goes that has been there longest, for somebody from where fewer
// are: else whoever came first from many addresses would keep everybody out.
bool DtlsServer::Internals::make_room(const base::IpAddress& newcomer) {
  if (!places.has_room_for(newcomer)) return false;
  if (!places.is_full()) return true;
  auto* const longest = strangers.find(kStrangersLookedAt, [&](const DtlsSession& stranger) {
    return places.has_fewer(newcomer, stranger.path().client.ip);
  });
  if (longest == nullptr) return false;
  longest->close();
  forget_with_successor(*longest);
  return !places.is_full();
}

void DtlsServer::Internals::handle_hello(TimePoint now, const DtlsPath& path, Bytes datagram,
                                         const DtlsClientHello& hello) {
  auto* const begun = find_begun_with(path, hello.random);
  if (begun != nullptr && !hello.cookie.empty())
    return feed(now, *begun, datagram);  // sent again: our answer was lost
  if (!cookies.is_valid(now, path, hello.random, hello.cookie)) return ask_for_cookie(now, path, hello);
  if (!rate.take(now, path.client.ip)) return counters.dropped_rate.add();
  if (hellos.take_place()) return begin(now, path, datagram, hello.random);
  if (!hellos.wait(path, datagram)) counters.dropped_rate.add();
}

std::unique_ptr<DtlsSession> DtlsServer::Internals::make_session(const DtlsPath& path) {
  const DtlsSession::Options session_options{options.mtu_bytes, options.first_retransmit};
  return std::make_unique<DtlsSession>(context, bio_method.get(), path, *this, session_options);
}

void DtlsServer::Internals::take_place(std::unique_ptr<DtlsSession>& place,
                                       std::unique_ptr<DtlsSession> session) {
  place = std::move(session);
  strangers.push(place->stranger);
}

// The client has lost its side of the old association; the cookie proves that it is the client (RFC 6347
// §4.2.8). Or it is somebody who hears what the client is sent: a call must not end for a hello alone.
void DtlsServer::Internals::begin(TimePoint now, const DtlsPath& path, Bytes datagram, Bytes random) {
  if (auto* const begun = find_begun_with(path, random)) return feed(now, *begun, datagram);
  auto* const old = find(path);
  DtlsSession* session = nullptr;
  if (old != nullptr && old->has_opened() && handler.is_in_use(path)) {
    if (old->successor) counters.failed.add();
    old->successor = make_session(path);
    session = old->successor.get();
  } else {
    if (old != nullptr) forget_with_successor(*old);
    if (!make_room(path.client.ip)) return counters.dropped_full.add();
    auto& place = sessions[path.words()];
    take_place(place, make_session(path));
    places.take(path.client.ip);
    session = place.get();
  }
  session->begin(now, datagram, random);
  settle(now, *session, false);
}

void DtlsServer::Internals::be_in_turn(DtlsSession& session) const {
  if (std::exchange(session.turn, turn) != turn) session.further_records = 0;
}

// Records that nobody can read are dropped inside OpenSSL, all at once: they count before anything is read.
bool DtlsServer::Internals::has_share(DtlsSession& session, const DtlsRecords& records) const {
  if (session.unfinished.is_linked()) return false;
  be_in_turn(session);
  return records.count == 1 || session.further_records < options.further_records_per_turn;
}

// Beside the first record. What strangers share is not for handshakes, which are few in a turn: whoever used
// it up would cut off everybody's.
size_t DtlsServer::Internals::share_left(const DtlsSession& session) const {
  const size_t own = options.further_records_per_turn - session.further_records;
  const bool shares = !session.is_known && session.has_opened();
  return shares ? std::min(own, strangers_share) : own;
}

// OpenSSL keeps what is encrypted and comes too early, in 17 kB each: an honest client has a Finished at
// most.
bool DtlsServer::Internals::is_too_early(DtlsSession& session, const DtlsRecords& records) const {
  if (session.state() != DtlsSession::State::kHandshake) return false;
  if (records.has_data) return true;
  session.early_records += records.encrypted;
  return session.early_records > kMostEarlyRecords || ++session.handshake_datagrams > kMostHandshakeDatagrams;
}

// True: it is done with for this turn.
bool DtlsServer::Internals::must_wait(const DtlsSession& session, Bytes datagram) {
  if (session.state() != DtlsSession::State::kHandshake || flights.take_place()) return false;
  if (!flights.wait(session.path(), datagram)) counters.dropped_share.add();
  return true;
}

void DtlsServer::Internals::feed(TimePoint now, DtlsSession& session, Bytes datagram) {
  const auto head = datagram.first(std::min(datagram.size(), kMaxDatagramBytes));
  const auto records = look_at_dtls_records(head, session.shortest_record_bytes());
  if (records.count == 0 || is_too_early(session, records)) return counters.dropped_broken.add();
  if (!has_share(session, records)) return counters.dropped_share.add();
  if (!must_wait(session, records.readable)) read(now, session, records.readable);
}

void DtlsServer::Internals::read(TimePoint now, DtlsSession& session, Bytes datagram) {
  const bool was_open = session.has_opened();
  session.is_busy = true;
  session.input(datagram, 1 + share_left(session));
  if (session.has_opened() && !was_open) {
    counters.opened.add();
    replace_predecessor(session);
  }
  deliver(session);
  end_reading(now, session, was_open);
}

void DtlsServer::Internals::end_reading(TimePoint now, DtlsSession& session, bool was_open) {
  const size_t shown = session.end_input();
  const size_t further = shown - std::min<size_t>(shown, 1);
  session.further_records += further;
  if (!session.is_known && was_open) strangers_share -= std::min(strangers_share, further);
  session.is_busy = false;
  settle(now, session, was_open);
}

void DtlsServer::Internals::deliver(DtlsSession& session) {
  bool has_read = false;
  do {
    if (received.all_lent()) {
      handler.on_dtls_buffers_lent();
      take_back();
    }
    const auto data = session.read(received.next());
    if (data.empty()) break;
    has_read = true;
    received.lend();
    delivering = true;
    handler.on_dtls_data(session.path(), data);
    delivering = false;
  } while (session.has_more());
  // Not what others send in the client's name: it would keep the client's own out.
  if (!has_read || !session.has_rest()) return;
  session.keep_rest();
  unfinished.push(session.unfinished);
}

void DtlsServer::Internals::begin_turn() {
  ++turn;
  strangers_share = options.strangers_records_per_turn;
  hellos.begin_turn();
  flights.begin_turn();
}

void DtlsServer::Internals::go_on(TimePoint now) {
  begin_turn();
  while (const auto flight = flights.next()) {
    auto* const session = find(flight->path, flight->datagram);
    if (session == nullptr || session->unfinished.is_linked()) continue;  // it is another one's
    be_in_turn(*session);
    read(now, *session, flight->datagram);
  }
  while (const auto waiting = hellos.next()) {
    const auto hello = parse_dtls_client_hello(waiting->datagram);
    if (hello) begin(now, waiting->path, waiting->datagram, hello->random);
  }
  LinkList<DtlsSession> due;
  unfinished.move_to(due);
  while (auto* const session = due.pop()) go_on(now, *session);
}

void DtlsServer::Internals::go_on(TimePoint now, DtlsSession& session) {
  be_in_turn(session);
  const size_t share = share_left(session);
  if (share == 0) return unfinished.push(session.unfinished);
  session.is_busy = true;
  session.input_rest(1 + share);
  deliver(session);
  end_reading(now, session, true);
}

// The deadline of an open session is looked at when it is due: no packet pays for moving it.
void DtlsServer::Internals::settle(TimePoint now, DtlsSession& session, bool was_open) {
  if (session.state() == DtlsSession::State::kClosed) return forget(session);
  if (!was_open) arm(now, session);
  if (!session.is_known && session.state() == DtlsSession::State::kOpen) be_sparing(session);
}

// Strangers are many, and most of them silent.
void DtlsServer::Internals::be_sparing(DtlsSession& session) {
  if (handler.is_in_use(session.path())) return be_known(session);
  session.release_buffers();
}

void DtlsServer::Internals::be_known(DtlsSession& session) {
  session.is_known = true;
  session.stranger.unlink();
}

void DtlsServer::Internals::arm(TimePoint now, DtlsSession& session) {
  if (session.state() == DtlsSession::State::kOpen)
    return wheel.arm(session, now + options.unauthenticated_lifetime);
  TimePoint deadline = session.begun_at() + options.handshake_timeout;
  if (const auto wait = session.retransmit_in()) deadline = std::min(deadline, now + *wait);
  wheel.arm(session, deadline);
}

void DtlsServer::Internals::expire_open(TimePoint now, DtlsSession& session) {
  if (handler.is_in_use(session.path())) {
    be_known(session);
  } else if (session.is_known) {  // not any more: it has the time of a stranger
    session.is_known = false;
    strangers.push(session.stranger);
  } else {
    session.close();
    return forget(session);
  }
  arm(now, session);
}

void DtlsServer::Internals::expire(TimePoint now, DtlsSession& session) {
  if (session.state() == DtlsSession::State::kOpen) return expire_open(now, session);
  if (now - session.begun_at() >= options.handshake_timeout) return forget(session);
  if (session.retransmit()) counters.retransmit_rounds.add();
  settle(now, session, false);
}

// The handshake of the same client is done: it has the keys, and the old association is of no more use to it.
void DtlsServer::Internals::replace_predecessor(const DtlsSession& session) {
  auto& place = sessions.at(session.path().words());
  if (place.get() == &session) return;
  const auto old = std::move(place);  // keeps it alive until the end
  take_place(place, std::move(old->successor));
  tell_end(*old);
}

void DtlsServer::Internals::forget(const DtlsSession& gone) {
  const auto found = sessions.find(gone.path().words());
  if (found->second.get() != &gone) {  // a successor that has come to nothing
    counters.failed.add();
    found->second->successor.reset();
    return;
  }
  const auto session = std::move(found->second);  // keeps it alive until the end
  if (session->successor) {
    take_place(found->second, std::move(session->successor));
  } else {
    sessions.erase(found);
    places.give_back(session->path().client.ip);
  }
  tell_end(*session);
}

void DtlsServer::Internals::forget_with_successor(DtlsSession& session) {
  if (session.successor) forget(*session.successor);
  forget(session);
}

void DtlsServer::Internals::tell_end(const DtlsSession& session) {
  (session.has_opened() ? counters.closed : counters.failed).add();
  if (session.has_opened()) handler.on_dtls_closed(session.path());
}

DtlsServer::DtlsServer(TimePoint now, const DtlsContext& context, const DtlsOptions& options,
                       DtlsHandler& handler)
    : internals_(std::make_unique<Internals>(now, context, options, handler)) {}
DtlsServer::~DtlsServer() = default;

void DtlsServer::handle_datagram(TimePoint now, const DtlsPath& path, Bytes datagram) {
  auto& self = *internals_;
  if (const auto hello = parse_dtls_client_hello(datagram))
    return self.handle_hello(now, path, datagram, *hello);
  auto* const session = self.find(path, datagram);
  if (session == nullptr) return self.counters.dropped_unknown.add();
  self.feed(now, *session, datagram);
}

void DtlsServer::begin_turn() { internals_->begin_turn(); }
void DtlsServer::go_on(TimePoint now) { internals_->go_on(now); }

bool DtlsServer::has_unfinished() const {
  const auto& self = *internals_;
  return !self.unfinished.empty() || !self.flights.empty() || !self.hellos.empty();
}

bool DtlsServer::send(const DtlsPath& path, std::span<const Bytes> pieces) {
  auto& self = *internals_;
  auto* const session = self.find(path);
  if (session == nullptr) return false;
  if (pieces.size() == 1) return session->write(pieces[0]);
  size_t used = 0;
  for (const auto piece : pieces) {
    if (piece.size() > self.joined.size() - used) return false;
    std::ranges::copy(piece, self.joined.begin() + static_cast<std::ptrdiff_t>(used));
    used += piece.size();
  }
  return session->write(Bytes(self.joined).first(used));
}

void DtlsServer::close(const DtlsPath& path) {
  auto* const session = internals_->find(path);
  if (session == nullptr) return;
  session->close();
  if (!session->is_busy) internals_->forget(*session);  // else feed() does, when it is done
}

void DtlsServer::close_all() {
  std::vector<DtlsPath> paths;
  for (const auto& [key, session] : internals_->sessions) {
    if (session->successor) internals_->forget(*session->successor);
    paths.push_back(session->path());
  }
  for (const auto& path : paths) close(path);
}

void DtlsServer::end_batch() { internals_->take_back(); }
void DtlsServer::use(const DtlsContext& context) { internals_->context = context; }
void DtlsServer::set_limits(const DtlsLimits& limits) { internals_->places.set_limits(limits); }

void DtlsServer::handle_timeout(TimePoint now) {
  auto& self = *internals_;
  self.wheel.expire(now, [&](base::TimerLink& link) { self.expire(now, static_cast<DtlsSession&>(link)); });
}

std::optional<TimePoint> DtlsServer::poll_timeout() const { return internals_->wheel.poll_timeout(); }
size_t DtlsServer::sessions() const { return internals_->sessions.size(); }
const DtlsServer::Counters& DtlsServer::counters() const { return internals_->counters; }

}  // namespace net
