// Keys of TLS session tickets: short-lived, so that one that leaks opens little (RFC 5077 §5.5, RFC 8446
// §C.4).
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <span>

#include "base/time.h"

struct ssl_ctx_st;

namespace net {

struct TicketKey {
  std::array<uint8_t, 16> name{};  // goes over the wire, says which key sealed a ticket
  std::array<uint8_t, 32> encryption{};
  std::array<uint8_t, 32> authentication{};

  TicketKey() = default;
  TicketKey(const TicketKey&) = default;
  TicketKey& operator=(const TicketKey&) = default;
  ~TicketKey();  // wipes it
};

// One key seals for half a day and opens what it has sealed for half a day more; then it is wiped at the next
// handshake. The time is an argument. Safe from any thread.
class TicketKeys {
 public:
  static constexpr std::chrono::hours kSeals{12};
  static constexpr std::chrono::hours kOpens{24};

  [[nodiscard]] TicketKey sealing(base::TimePoint now);
  struct Opening {
    TicketKey key;
    bool is_current;  // false: the client should get a new ticket
  };
  // nullopt: no such key, or too old. The client then makes a whole handshake.
  [[nodiscard]] std::optional<Opening> opening(base::TimePoint now, std::span<const uint8_t, 16> name);

 private:
  struct Aged {
    TicketKey key;
    base::TimePoint made_at;
  };
  void rotate(base::TimePoint now);

  std::mutex mutex_;
  std::optional<Aged> current_;
  std::optional<Aged> previous_;
};

// Internal to net: lets `context` seal and open its tickets with keys of its own, at the time that `clock`
// says. False if OpenSSL refuses.
[[nodiscard]] bool rotate_ticket_keys(ssl_ctx_st* context, std::function<base::TimePoint()> clock);

}  // namespace net
