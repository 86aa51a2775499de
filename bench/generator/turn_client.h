// The client's side of TURN, as far as a load generator needs it: one request at a time (RFC 8656).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/address.h"
#include "base/bytes.h"
#include "base/random.h"
#include "stun/message.h"
#include "stun/message_writer.h"
#include "stun/wire.h"

namespace bench::generator {

struct Login {
  std::string username;
  std::string password;
};

// Pure: octets in, octets out. Answers 401 and 438 with the same request and the server's nonce, so that the
// first request is always challenged. Authenticates with MESSAGE-INTEGRITY (MD5 keys), as browsers do.
class TurnClient {
 public:
  // `login` and `random` outlive it.
  TurnClient(const Login& login, base::RandomSource& random) : login_(login), random_(random) {}

  // Each starts a request; the one before has been settled.
  void start_allocate();
  void start_create_permission(const base::Endpoint& peer);
  void start_channel_bind(stun::ChannelNumber channel, const base::Endpoint& peer);
  void start_release();  // Refresh with a lifetime of zero

  // The request to send now, and to send again until settled().
  [[nodiscard]] base::Bytes request() const { return request_; }
  // True if `datagram` answers the request: it is settled then, or there is another request to send.
  bool handle_answer(base::Bytes datagram);
  void give_up(std::string why) { fail(std::move(why)); }

  [[nodiscard]] bool settled() const { return settled_; }
  [[nodiscard]] bool failed() const { return !error_.empty(); }
  [[nodiscard]] const std::string& error() const { return error_; }  // for a human
  [[nodiscard]] const base::Endpoint& relayed() const { return relayed_; }

 private:
  struct Wanted {
    stun::Method method = stun::Method::kAllocate;
    base::Endpoint peer{};
    stun::ChannelNumber channel{};
  };

  void start(const Wanted& wanted);
  void write_request();
  void write_attributes(stun::MessageWriter& writer) const;
  bool take_challenge(const stun::Message& answer);
  void handle_error(const stun::Message& answer);
  void fail(std::string why);

  const Login& login_;
  base::RandomSource& random_;
  Wanted wanted_;
  stun::TransactionId transaction_{};
  std::string realm_;
  std::string nonce_;
  std::vector<uint8_t> key_;
  std::vector<uint8_t> request_;
  base::Endpoint relayed_;
  std::string error_;
  int challenges_ = 0;  // since the request was started
  bool settled_ = true;
};

}  // namespace bench::generator
