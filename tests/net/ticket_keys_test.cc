#include "net/ticket_keys.h"

#include <gmock/gmock.h>
#include <openssl/ssl.h>

#include <memory>
#include <string>

#include "net/openssl_handles.h"
#include "net/tls_context.h"

namespace net {
namespace {

using namespace std::chrono_literals;

constexpr base::TimePoint kStart{std::chrono::hours(1000)};

TEST(TicketKeysTest, AKeySealsForHalfADayAndOpensForADay) {
  TicketKeys keys;
  const auto first = keys.sealing(kStart);
  EXPECT_EQ(keys.sealing(kStart + 12h - 1ns).name, first.name);
  const auto second = keys.sealing(kStart + 12h);
  EXPECT_NE(second.name, first.name);
  EXPECT_NE(second.encryption, first.encryption);
  EXPECT_NE(second.authentication, first.authentication);
  EXPECT_TRUE(keys.opening(kStart + 23h, second.name)->is_current);
  const auto old = keys.opening(kStart + 24h - 1ns, first.name);
  ASSERT_TRUE(old);
  EXPECT_FALSE(old->is_current);
  EXPECT_EQ(old->key.encryption, first.encryption);
  EXPECT_FALSE(keys.opening(kStart + 24h, first.name));
}

TEST(TicketKeysTest, AfterALongSilenceNoOldKeyIsLeft) {
  TicketKeys keys;
  const auto first = keys.sealing(kStart);
  EXPECT_FALSE(keys.opening(kStart + 48h, first.name));
  EXPECT_NE(keys.sealing(kStart + 48h).name, first.name);
}

TEST(TicketKeysTest, AKeyOfAnotherContextIsUnknown) {
  TicketKeys keys;
  TicketKeys others;
  EXPECT_FALSE(keys.opening(kStart, others.sealing(kStart).name));
}

using ContextHandle = std::unique_ptr<SSL_CTX, FreeWith<SSL_CTX_free>>;
using SessionHandle = std::unique_ptr<SSL_SESSION, FreeWith<SSL_SESSION_free>>;

// A client that keeps the newest ticket it was given, and handshakes in memory.
class ResumingClient {
 public:
  explicit ResumingClient(int version) : context_(SSL_CTX_new(TLS_client_method())) {
    SSL_CTX_set_max_proto_version(context_.get(), version);
  }

  // Whether the handshake succeeded, and by the ticket of the last one.
  struct Outcome {
    bool done;
    bool resumed;
    bool operator==(const Outcome&) const = default;
  };
  Outcome connect(const TlsContext& server_context) {
    const SslHandle server(SSL_new(server_context.native()));
    const SslHandle client(SSL_new(context_.get()));
    BIO* ends[2] = {};
    BIO_new_bio_pair(&ends[0], 65536, &ends[1], 65536);
    SSL_set_bio(server.get(), ends[0], ends[0]);
    SSL_set_bio(client.get(), ends[1], ends[1]);
    SSL_set_accept_state(server.get());
    SSL_set_connect_state(client.get());
    if (session_) SSL_set_session(client.get(), session_.get());
    uint8_t octet = 0;
    for (int i = 0; i < 10; ++i) {
      SSL_do_handshake(client.get());
      SSL_do_handshake(server.get());
    }
    SSL_read(client.get(), &octet, 1);  // tickets of TLS 1.3 come after the handshake
    const Outcome outcome{SSL_is_init_finished(client.get()) && SSL_is_init_finished(server.get()),
                          SSL_session_reused(server.get()) == 1};
    session_.reset(SSL_get1_session(client.get()));
    SSL_shutdown(client.get());  // a session that was not closed in order is not resumable
    return outcome;
  }

 private:
  SessionHandle session_;
  ContextHandle context_;
};

class TicketTest : public testing::TestWithParam<int> {
 protected:
  base::TimePoint now = kStart;
  TlsContext context = *TlsContext::create(
      *Certificate::make_self_signed(
          {.common_name = "turn.example.org", .now = base::WallTime{std::chrono::hours(24 * 365 * 57)}}),
      [this] { return now; });
  ResumingClient client{GetParam()};
};

TEST_P(TicketTest, ResumesWithinADayAndShakesHandsWhollyAfterwards) {
  using Outcome = ResumingClient::Outcome;
  EXPECT_EQ(client.connect(context), (Outcome{true, false}));
  now += 1h;
  EXPECT_EQ(client.connect(context), (Outcome{true, true}));
  now += 25h;
  EXPECT_EQ(client.connect(context), (Outcome{true, false}));
  EXPECT_EQ(client.connect(context), (Outcome{true, true}));
}

TEST_P(TicketTest, ATicketOfTheKeyBeforeIsRenewed) {
  EXPECT_FALSE(client.connect(context).resumed);
  now += 13h;
  EXPECT_TRUE(client.connect(context).resumed);  // gets a ticket of the new key
  now += 13h;                                    // 26 h after the first: only the new key opens it
  EXPECT_TRUE(client.connect(context).resumed);
}

TEST_P(TicketTest, AnotherContextDoesNotOpenIt) {
  EXPECT_FALSE(client.connect(context).resumed);
  const auto other = *TlsContext::create(
      *Certificate::make_self_signed(
          {.common_name = "turn.example.org", .now = base::WallTime{std::chrono::hours(24 * 365 * 57)}}),
      [this] { return now; });
  EXPECT_EQ(client.connect(other), (ResumingClient::Outcome{true, false}));
}

INSTANTIATE_TEST_SUITE_P(Versions, TicketTest, testing::Values(TLS1_2_VERSION, TLS1_3_VERSION));

}  // namespace
}  // namespace net
