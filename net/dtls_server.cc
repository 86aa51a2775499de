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
#include "net/dtls_records.h"
#include "net/dtls_session.h"
#include "net/lent_buffers.h"
#include "net/link.h"
#include "net/source_key.h"

namespace net {
namespace {

using base::Bytes;
using base::TimePoint;

constexpr size_t kMaxRecordBytes = 16384;
constexpr size_t kMaxDatagramBytes =
    kMaxRecordBytes + 2048;  // header, nonce and tag of a record (RFC 6347 §4.1)
// Of one handshake: one with each flight of the client, sent again as often as there is time.
constexpr size_t kMostEarlyRecords = 8;

using PathKey = std::array<uint64_t, 5>;

// Clients choose their ports: without the key they could choose them to collide.
struct KeyedHash {
  base::SipHashKey key;

  size_t operator()(const PathKey& words) const {
    return base::siphash(key, {reinterpret_cast<const uint8_t*>(words.data()), sizeof words});
  }
  size_t operator()(const base::IpAddress& ip) const { return operator()(PathKey{ip.hi, ip.lo}); }
};

}  // namespace

struct DtlsServer::Internals final : DtlsSessionOutput {
  Internals(TimePoint now, DtlsContext first_context, const DtlsOptions& given, DtlsHandler& user)
      : options(given),
        handler(user),
        context(std::move(first_context)),
        cookies(given.cookie_key),
        wheel(now),
        sessions(0, KeyedHash{given.cookie_key}),
        per_source(0, KeyedHash{given.cookie_key}),
        per_network(0, KeyedHash{given.cookie_key}) {}

  DtlsSession* find(const DtlsPath& path);
  void handle_hello(TimePoint now, const DtlsPath& path, Bytes datagram, const DtlsClientHello& hello);
  void ask_for_cookie(TimePoint now, const DtlsPath& path, const DtlsClientHello& hello);
  bool is_full(const DtlsPath& path) const;
  void begin(TimePoint now, const DtlsPath& path, Bytes datagram, const DtlsClientHello& hello);
  bool has_share(DtlsSession& session, const DtlsRecords& records) const;
  bool is_too_early(DtlsSession& session, const DtlsRecords& records) const;
  void feed(TimePoint now, DtlsSession& session, Bytes datagram);
  void deliver(TimePoint now, DtlsSession& session);
  void settle(TimePoint now, DtlsSession& session, bool was_open);
  void be_sparing(DtlsSession& session);
  void arm(TimePoint now, DtlsSession& session);
  void expire(TimePoint now, DtlsSession& session);
  void expire_open(TimePoint now, DtlsSession& session);
  void forget(const DtlsSession& session);
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
  LinkList<DtlsSession> unfinished;
  base::TimerWheel wheel;  // before the sessions: they unlink themselves from it
  std::unordered_map<PathKey, std::unique_ptr<DtlsSession>, KeyedHash> sessions;
  std::unordered_map<base::IpAddress, size_t, KeyedHash> per_source;
  std::unordered_map<base::IpAddress, size_t, KeyedHash> per_network;  // of IPv6
  Counters counters;
};

DtlsSession* DtlsServer::Internals::find(const DtlsPath& path) {
  const auto found = sessions.find(path.words());
  return found == sessions.end() ? nullptr : found->second.get();
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
  emit(path, write_hello_verify_request(hello, cookies.make(now, path), buffer));
  counters.cookies_sent.add();
}

bool DtlsServer::Internals::is_full(const DtlsPath& path) const {
  if (sessions.size() >= options.limits.sessions) return true;
  const auto& client = path.client.ip;
  const size_t most = options.limits.sessions_per_source;
  const auto source = per_source.find(source_of(client));
  if (source != per_source.end() && source->second >= most) return true;
  const auto network = has_network(client) ? per_network.find(network_of(client)) : per_network.end();
  return network != per_network.end() && network->second >= most * kSourcesPerNetwork;
}

void DtlsServer::Internals::handle_hello(TimePoint now, const DtlsPath& path, Bytes datagram,
                                         const DtlsClientHello& hello) {
  auto* const session = find(path);
  if (session != nullptr && session->began_with(hello.random) && !hello.cookie.empty())
    return feed(now, *session, datagram);  // sent again: our answer was lost
  if (!cookies.is_valid(now, path, hello.cookie)) return ask_for_cookie(now, path, hello);
  // The client has lost its side of the old association; the cookie proves that it is the client (RFC 6347
  // §4.2.8).
  if (session != nullptr) forget(*session);
  if (is_full(path)) return counters.dropped_full.add();
  begin(now, path, datagram, hello);
}

void DtlsServer::Internals::begin(TimePoint now, const DtlsPath& path, Bytes datagram,
                                  const DtlsClientHello& hello) {
  const DtlsSession::Options session_options{options.mtu_bytes, options.first_retransmit};
  auto& session = sessions[path.words()];
  session = std::make_unique<DtlsSession>(context, bio_method.get(), path, *this, session_options);
  ++per_source[source_of(path.client.ip)];
  if (has_network(path.client.ip)) ++per_network[network_of(path.client.ip)];
  session->begin(now, datagram, hello.random);
  settle(now, *session, false);
}

// Records that nobody can read are dropped inside OpenSSL, all at once: they count before anything is read.
bool DtlsServer::Internals::has_share(DtlsSession& session, const DtlsRecords& records) const {
  if (session.unfinished.is_linked()) return false;
  if (std::exchange(session.turn, turn) != turn) session.further_records = 0;
  const size_t further = records.count - 1;
  if (further > 0 && session.further_records >= options.further_records_per_turn) return false;
  session.further_records += further;
  return true;
}

// OpenSSL keeps what is encrypted and comes too early, in 17 kB each: an honest client has a Finished at
// most.
bool DtlsServer::Internals::is_too_early(DtlsSession& session, const DtlsRecords& records) const {
  if (session.state() != DtlsSession::State::kHandshake) return false;
  if (records.has_data) return true;
  session.early_records += records.encrypted;
  return session.early_records > kMostEarlyRecords;
}

void DtlsServer::Internals::feed(TimePoint now, DtlsSession& session, Bytes datagram) {
  const auto records = look_at_dtls_records(datagram, session.shortest_record_bytes());
  if (records.count == 0 || is_too_early(session, records)) return counters.dropped_broken.add();
  if (!has_share(session, records)) return counters.dropped_share.add();
  const bool was_open = session.has_opened();
  session.is_busy = true;
  session.input(records.readable);
  if (session.has_opened() && !was_open) {
    counters.opened.add();
    session.last_heard = now;
  }
  deliver(now, session);
  session.end_input();
  session.is_busy = false;
  settle(now, session, was_open);
}

void DtlsServer::Internals::deliver(TimePoint now, DtlsSession& session) {
  for (size_t further = options.further_records_per_turn;; --further) {
    if (received.all_lent()) {
      handler.on_dtls_buffers_lent();
      take_back();
    }
    const auto data = session.read(received.next());
    if (data.empty()) return;
    session.last_heard = now;
    received.lend();
    delivering = true;
    handler.on_dtls_data(session.path(), data);
    delivering = false;
    if (!session.has_more()) return;
    if (further == 0) return unfinished.push(session.unfinished);
  }
}

// The deadline of an open session looks at last_heard when it is due: no packet pays for moving it.
void DtlsServer::Internals::settle(TimePoint now, DtlsSession& session, bool was_open) {
  if (session.state() == DtlsSession::State::kClosed) return forget(session);
  if (!was_open) arm(now, session);
  if (!session.is_known && session.state() == DtlsSession::State::kOpen) be_sparing(session);
}

// Strangers are many, and most of them silent.
void DtlsServer::Internals::be_sparing(DtlsSession& session) {
  session.is_known = handler.is_in_use(session.path());
  if (!session.is_known) session.release_buffers();
}

void DtlsServer::Internals::arm(TimePoint now, DtlsSession& session) {
  if (session.state() == DtlsSession::State::kOpen)
    return wheel.arm(session, session.last_heard + options.idle_timeout);
  TimePoint deadline = session.begun_at() + options.handshake_timeout;
  if (const auto wait = session.retransmit_in()) deadline = std::min(deadline, now + *wait);
  wheel.arm(session, deadline);
}

void DtlsServer::Internals::expire_open(TimePoint now, DtlsSession& session) {
  if (now - session.last_heard < options.idle_timeout) return arm(now, session);
  if (handler.is_in_use(session.path())) return wheel.arm(session, now + options.idle_timeout);
  session.close();
  forget(session);
}

void DtlsServer::Internals::expire(TimePoint now, DtlsSession& session) {
  if (session.state() == DtlsSession::State::kOpen) return expire_open(now, session);
  if (now - session.begun_at() >= options.handshake_timeout) return forget(session);
  if (session.retransmit()) counters.retransmit_rounds.add();
  settle(now, session, false);
}

void DtlsServer::Internals::forget(const DtlsSession& gone) {
  const auto node = sessions.extract(gone.path().words());  // keeps the session alive until the end
  const auto& session = *node.mapped();
  const auto source = per_source.find(source_of(session.path().client.ip));
  if (--source->second == 0) per_source.erase(source);
  const auto network = per_network.find(network_of(session.path().client.ip));
  if (network != per_network.end() && --network->second == 0) per_network.erase(network);
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
  auto* const session = self.find(path);
  if (session == nullptr) return self.counters.dropped_unknown.add();
  self.feed(now, *session, datagram);
}

void DtlsServer::begin_turn() { ++internals_->turn; }
bool DtlsServer::has_unfinished() const { return !internals_->unfinished.empty(); }

void DtlsServer::go_on(TimePoint now) {
  auto& self = *internals_;
  begin_turn();
  LinkList<DtlsSession> due;
  self.unfinished.move_to(due);
  while (auto* const session = due.pop()) {
    session->is_busy = true;
    self.deliver(now, *session);
    session->is_busy = false;
    self.settle(now, *session, true);
  }
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
  for (const auto& [key, session] : internals_->sessions) paths.push_back(session->path());
  for (const auto& path : paths) close(path);
}

void DtlsServer::end_batch() { internals_->take_back(); }
void DtlsServer::use(const DtlsContext& context) { internals_->context = context; }
void DtlsServer::set_limits(const DtlsLimits& limits) { internals_->options.limits = limits; }

void DtlsServer::handle_timeout(TimePoint now) {
  auto& self = *internals_;
  self.wheel.expire(now, [&](base::TimerLink& link) { self.expire(now, static_cast<DtlsSession&>(link)); });
}

std::optional<TimePoint> DtlsServer::poll_timeout() const { return internals_->wheel.poll_timeout(); }
size_t DtlsServer::sessions() const { return internals_->sessions.size(); }
const DtlsServer::Counters& DtlsServer::counters() const { return internals_->counters; }

}  // namespace net
