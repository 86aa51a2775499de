#include "net/tls_session.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <memory>
#include <utility>

#include "net/openssl_handles.h"
#include "net/tls_hello.h"

namespace net {
namespace {

constexpr size_t kLargestRecord = 16 * 1024;  // RFC 8446 §5.1
constexpr size_t kRecordHeaderBytes = 5;
constexpr size_t kLargestPayload = kLargestRecord + 2048;  // of TLS 1.2; 1.3 takes less
// Of the client, until its handshake is done: two hellos and what is behind them. OpenSSL would take 128 KB
// of each.
constexpr size_t kHandshakeBytes = 24 * 1024;

// A handshake takes ten, and a peer may change its keys now and then (RFC 8446 §5.5).
constexpr uint64_t kMostAsides = 64;
constexpr uint64_t kBytesPerAside = 1 << 20;

// What a BIO reads from and writes to.
struct Transport {
  int socket = -1;
  ByteQueue received;  // before the socket
  size_t handshake_left = kHandshakeBytes;
  bool reset = false;  // the socket failed, which OpenSSL would call a system error
  bool whole_records = false;
  bool is_established = false;
  uint64_t data_bytes = 0;
  uint64_t asides = 0;  // handshake messages and alerts, either way

  // OpenSSL obeys any number of KeyUpdates and refuses any number of renegotiations inside one read, a few
  // microseconds each: a peer that asks for nothing else holds the thread.
  [[nodiscard]] bool is_flooded() const { return asides > kMostAsides + data_bytes / kBytesPerAside; }
};

// How many octets of the socket OpenSSL may have: up to the end of a record that has come whole. 0: none yet.
// After an end or a failure all, which tells what it was.
size_t whole_record_bytes(int socket) {
  constexpr size_t kAll = SIZE_MAX;
  std::array<uint8_t, kRecordHeaderBytes> header;
  const auto seen = ::recv(socket, header.data(), header.size(), MSG_PEEK);
  if (seen <= 0) return kAll;
  if (static_cast<size_t>(seen) < header.size()) return 0;
  const size_t payload_bytes = base::load_be16(header.data() + 3);
  int waiting = 0;
  if (payload_bytes > kLargestPayload || ::ioctl(socket, FIONREAD, &waiting) != 0) return kAll;
  const size_t record_bytes = kRecordHeaderBytes + payload_bytes;
  return static_cast<size_t>(waiting) < record_bytes ? 0 : record_bytes;
}

Transport& transport_of(BIO* bio) { return *static_cast<Transport*>(BIO_get_data(bio)); }

int bio_read(BIO* bio, char* into, size_t room, size_t* got) {
  BIO_clear_retry_flags(bio);
  auto& transport = transport_of(bio);
  *got = 0;
  if (transport.is_flooded()) return 0;
  if (!transport.received.empty()) {
    *got = std::min(room, transport.received.size());
    std::memcpy(into, transport.received.bytes().data(), *got);
    transport.received.consume(*got);
    return 1;
  }
  const size_t allowed = transport.whole_records ? whole_record_bytes(transport.socket) : SIZE_MAX;
  IoResult result{0, IoStatus::kWantRead};
  if (allowed > 0)
    result = read_socket(transport.socket, {reinterpret_cast<uint8_t*>(into), std::min(room, allowed)});
  *got = result.bytes;
  if (result.status == IoStatus::kWantRead) BIO_set_retry_read(bio);
  if (!transport.is_established && result.bytes > transport.handshake_left) return 0;
  if (!transport.is_established) transport.handshake_left -= result.bytes;
  if (result.status == IoStatus::kReset) transport.reset = true;
  if (result.status == IoStatus::kEnd) BIO_set_flags(bio, BIO_FLAGS_IN_EOF);
  return result.bytes > 0 ? 1 : 0;
}

int bio_write(BIO* bio, const char* from, size_t bytes, size_t* put) {
  BIO_clear_retry_flags(bio);
  auto& transport = transport_of(bio);
  const IoResult result = write_socket(transport.socket, {reinterpret_cast<const uint8_t*>(from), bytes});
  *put = result.bytes;
  if (result.status == IoStatus::kWantWrite) BIO_set_retry_write(bio);
  if (result.status == IoStatus::kReset) transport.reset = true;
  return result.bytes > 0 ? 1 : 0;
}

long bio_control(BIO* bio, int command, long, void*) {
  if (command == BIO_CTRL_EOF) return BIO_test_flags(bio, BIO_FLAGS_IN_EOF) != 0;
  return command == BIO_CTRL_FLUSH ? 1 : 0;
}

void count_asides(int, int, int content_type, const void*, size_t, SSL*, void* transport) {
  if (content_type == SSL3_RT_HANDSHAKE || content_type == SSL3_RT_ALERT)
    ++static_cast<Transport*>(transport)->asides;
}

BIO_METHOD* new_bio_method() {
  BIO_METHOD* const method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "icebox stream");
  BIO_meth_set_read_ex(method, bio_read);
  BIO_meth_set_write_ex(method, bio_write);
  BIO_meth_set_ctrl(method, bio_control);
  return method;
}

// Made once, never freed: sessions on any thread may outlive whoever would free it.
const BIO_METHOD* bio_method() {
  static const BIO_METHOD* const method = new_bio_method();
  return method;
}

}  // namespace

struct TlsSession::Internals {
  Transport transport;
  SslHandle ssl;
  size_t unsent_bytes = 0;  // of a record that the socket did not take

  IoStatus status_of(int returned) {
    const int error = SSL_get_error(ssl.get(), returned);
    switch (error) {
      case SSL_ERROR_NONE:
        return IoStatus::kOk;
      case SSL_ERROR_WANT_READ:
        return IoStatus::kWantRead;
      case SSL_ERROR_WANT_WRITE:
        return IoStatus::kWantWrite;
      case SSL_ERROR_ZERO_RETURN:
        return IoStatus::kEnd;
      default:
        break;
    }
    // An end without close_notify is common (browsers, proxies) and nothing that we frame relies on it.
    const bool cut = ERR_GET_REASON(ERR_peek_error()) == SSL_R_UNEXPECTED_EOF_WHILE_READING;
    ERR_clear_error();
    if (transport.reset) return IoStatus::kReset;
    if (transport.is_flooded()) return IoStatus::kTlsFailed;
    return cut || error == SSL_ERROR_SYSCALL ? IoStatus::kCutOff : IoStatus::kTlsFailed;
  }
};

TlsSession::TlsSession(std::unique_ptr<Internals> internals) : internals_(std::move(internals)) {}
TlsSession::~TlsSession() = default;

std::unique_ptr<TlsSession> TlsSession::accept(const TlsContext& context, int socket) {
  auto internals = std::make_unique<Internals>();
  internals->transport.socket = socket;
  internals->ssl.reset(SSL_new(context.native()));
  BIO* const bio = BIO_new(bio_method());
  if (!internals->ssl || bio == nullptr) {
    BIO_free(bio);
    return nullptr;
  }
  BIO_set_data(bio, &internals->transport);
  BIO_set_init(bio, 1);
  SSL_set_bio(internals->ssl.get(), bio, bio);
  SSL_set_accept_state(internals->ssl.get());
  SSL_set_msg_callback(internals->ssl.get(), count_asides);
  SSL_set_msg_callback_arg(internals->ssl.get(), &internals->transport);
  return std::unique_ptr<TlsSession>(new TlsSession(std::move(internals)));
}

void TlsSession::feed(ByteQueue received) {
  auto& transport = internals_->transport;
  transport.received = std::move(received);
  if (!ends_with_whole_record(transport.received.bytes())) transport.whole_records = false;
}

void TlsSession::take_whole_records(bool on) {
  // Inside a record its header is not where we look for it.
  auto& transport = internals_->transport;
  const bool between_records = transport.received.empty() && SSL_has_pending(internals_->ssl.get()) == 0;
  transport.whole_records = on && (transport.whole_records || between_records);
}

size_t TlsSession::held_bytes() const {
  // Of a record that is read in part OpenSSL keeps the whole buffer.
  const size_t unread_bytes = SSL_pending(internals_->ssl.get()) > 0 ? kLargestPayload : 0;
  return unread_bytes + internals_->unsent_bytes;
}

IoStatus TlsSession::handshake() {
  ERR_clear_error();
  const auto status = internals_->status_of(SSL_do_handshake(internals_->ssl.get()));
  if (status == IoStatus::kOk) internals_->transport.is_established = true;
  return status;
}

IoResult TlsSession::read(base::MutableBytes into) {
  IoResult result;
  for (int record = 0; record < kRecordsPerRead && result.bytes < into.size(); ++record) {
    const auto room = into.subspan(result.bytes);
    size_t got = 0;
    ERR_clear_error();
    const int returned = SSL_read_ex(internals_->ssl.get(), room.data(), room.size(), &got);
    result.bytes += got;
    internals_->transport.data_bytes += got;
    result.status = internals_->status_of(returned);
    if (result.status != IoStatus::kOk) break;
  }
  return result;
}

void TlsSession::drop_record(base::MutableBytes scratch) {
  ERR_clear_error();
  size_t got = 0;
  while (SSL_pending(internals_->ssl.get()) > 0 &&
         SSL_read_ex(internals_->ssl.get(), scratch.data(), scratch.size(), &got) == 1) {
  }
  ERR_clear_error();
}

IoResult TlsSession::write(base::Bytes bytes) {
  IoResult result;
  while (result.bytes < bytes.size()) {
    const auto record = bytes.subspan(result.bytes, std::min(kLargestRecord, bytes.size() - result.bytes));
    size_t put = 0;
    ERR_clear_error();
    const int returned = SSL_write_ex(internals_->ssl.get(), record.data(), record.size(), &put);
    result.bytes += put;
    result.status = internals_->status_of(returned);
    internals_->unsent_bytes = result.status == IoStatus::kWantWrite ? record.size() : 0;
    if (result.status != IoStatus::kOk) break;
  }
  return result;
}

void TlsSession::say_goodbye() {
  ERR_clear_error();
  SSL_shutdown(internals_->ssl.get());  // the peer's answer is not waited for
  ERR_clear_error();
}

std::string_view TlsSession::alpn() const {
  const unsigned char* name = nullptr;
  unsigned int bytes = 0;
  SSL_get0_alpn_selected(internals_->ssl.get(), &name, &bytes);
  return {reinterpret_cast<const char*>(name), bytes};
}

}  // namespace net
