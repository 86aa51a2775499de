#include "net/dtls_session.h"

#include <openssl/err.h>
#include <openssl/objects.h>

#include <algorithm>
#include <new>
#include <utility>

#include "net/dtls_records.h"

namespace net {
namespace {

constexpr size_t kMaxRecordBytes = 16384;  // RFC 6347 §4.1

// Called with 0 for the first wait and with the last wait after each retransmission (RFC 6347 §4.2.4.1:
// doubled).
unsigned retransmit_wait(SSL* ssl, unsigned last_micros) {
  const auto first = *static_cast<const std::chrono::microseconds*>(SSL_get_app_data(ssl));
  return last_micros == 0 ? static_cast<unsigned>(first.count()) : 2 * last_micros;
}

struct BioAddressFree {
  void operator()(BIO_ADDR* address) const { BIO_ADDR_free(address); }
};

// Takes the ClientHello in without running the handshake: sets message and record numbers past the cookie
// exchange.
bool listen(SSL* ssl) {
  const std::unique_ptr<BIO_ADDR, BioAddressFree> ignored(BIO_ADDR_new());
  return ignored && DTLSv1_listen(ssl, ignored.get()) == 1;
}

}  // namespace

DtlsSession::DtlsSession(const DtlsContext& context, const BIO_METHOD* bio_method, const DtlsPath& path,
                         DtlsSessionOutput& output, const Options& options)
    : path_(path),
      output_(output),
      first_retransmit_(options.first_retransmit),
      ssl_(SSL_new(context.native())) {
  if (!ssl_) throw std::bad_alloc();
  BIO* const bio = make_datagram_bio(bio_method, *this).release();
  SSL_set_bio(ssl_.get(), bio, bio);  // takes the BIO over, once for both directions
  SSL_set_accept_state(ssl_.get());
  SSL_set_mtu(ssl_.get(), static_cast<long>(options.mtu_bytes));
  SSL_set_app_data(ssl_.get(), const_cast<std::chrono::microseconds*>(&first_retransmit_));
}

void DtlsSession::begin(base::TimePoint now, base::Bytes hello, base::Bytes client_random) {
  begun_at_ = now;
  std::ranges::copy(client_random.first(client_random_.size()), client_random_.begin());
  ERR_clear_error();
  waiting = hello;
  may_show_ = 1;
  const bool listened = listen(ssl_.get());
  waiting = {};
  if (!listened) {
    state_ = State::kClosed;
    return;
  }
  DTLS_set_timer_cb(ssl_.get(), retransmit_wait);
  continue_handshake();
}

bool DtlsSession::began_with(base::Bytes client_random) const {
  return std::ranges::equal(client_random, client_random_);
}

// What does not need more datagrams is an end: of the association, or of an attempt at one.
void DtlsSession::judge(int outcome) {
  const int error = SSL_get_error(ssl_.get(), outcome);
  if (error != SSL_ERROR_WANT_READ && error != SSL_ERROR_WANT_WRITE) state_ = State::kClosed;
}

void DtlsSession::continue_handshake() {
  const int outcome = SSL_do_handshake(ssl_.get());
  if (outcome == 1) {
    state_ = State::kOpen;
    has_opened_ = true;
  } else {
    judge(outcome);
  }
}

void DtlsSession::input(base::Bytes datagram, size_t most_records) {
  ERR_clear_error();
  waiting = datagram;
  may_show_ = most_records;
  shown_ = 0;
  if (state_ == State::kHandshake) continue_handshake();
}

void DtlsSession::input_rest(size_t most_records) {
  rest_ = std::exchange(kept_, {});
  input(rest_, most_records);
}

// Each record as a datagram of its own.
base::Bytes DtlsSession::next_datagram() {
  if (waiting.empty() || may_show_ == 0) return {};
  --may_show_;
  ++shown_;
  const auto record = waiting.first(dtls_record_bytes(waiting));
  waiting = waiting.subspan(record.size());
  return record;
}

void DtlsSession::keep_rest() { kept_ = {waiting.begin(), waiting.end()}; }

size_t DtlsSession::end_input() {
  waiting = {};
  rest_ = {};
  return shown_;
}

base::MutableBytes DtlsSession::read(base::MutableBytes buffer) {
  if (state_ != State::kOpen) return {};
  ERR_clear_error();
  const int outcome = SSL_read(ssl_.get(), buffer.data(), static_cast<int>(buffer.size()));
  has_buffers_ = true;
  if (outcome > 0) return buffer.first(static_cast<size_t>(outcome));
  if (SSL_get_error(ssl_.get(), outcome) == SSL_ERROR_ZERO_RETURN) {
    close();
  } else {
    judge(outcome);
  }
  return {};
}

void DtlsSession::release_buffers() {
  if (state_ == State::kOpen && SSL_free_buffers(ssl_.get()) == 1) has_buffers_ = false;
}

// OpenSSL 3.0 makes both buffers when it is about to read a datagram, and writes without looking.
void DtlsSession::ensure_buffers() {
  if (has_buffers_) return;
  uint8_t none = 0;
  ERR_clear_error();
  (void)SSL_peek(ssl_.get(), &none, 1);
  has_buffers_ = true;
}

bool DtlsSession::has_more() const {
  return has_rest() || (state_ == State::kOpen && SSL_has_pending(ssl_.get()) == 1);
}

// A tag of 16 octets, and for AES-GCM 8 of the nonce (RFC 5288 §3, RFC 7905 §2); only those are agreed on.
size_t DtlsSession::shortest_record_bytes() const {
  const SSL_CIPHER* const cipher = SSL_get_current_cipher(ssl_.get());
  return cipher != nullptr && SSL_CIPHER_get_cipher_nid(cipher) == NID_chacha20_poly1305 ? 16 : 24;
}

bool DtlsSession::write(base::Bytes data) {
  if (state_ != State::kOpen || data.size() > kMaxRecordBytes) return false;
  if (data.empty()) return true;  // OpenSSL has no empty writes; nobody misses an empty record
  ensure_buffers();
  ERR_clear_error();
  return SSL_write(ssl_.get(), data.data(), static_cast<int>(data.size())) > 0;
}

void DtlsSession::close() {
  if (state_ == State::kOpen) {
    ensure_buffers();
    SSL_shutdown(ssl_.get());
  }
  state_ = State::kClosed;
}

std::optional<std::chrono::microseconds> DtlsSession::retransmit_in() const {
  timeval left{};
  if (state_ != State::kHandshake || DTLSv1_get_timeout(ssl_.get(), &left) != 1) return std::nullopt;
  return std::chrono::seconds(left.tv_sec) + std::chrono::microseconds(left.tv_usec);
}

bool DtlsSession::retransmit() {
  if (state_ != State::kHandshake) return false;
  ERR_clear_error();
  const long outcome = DTLSv1_handle_timeout(ssl_.get());
  if (outcome < 0) state_ = State::kClosed;
  return outcome > 0;
}

}  // namespace net
