// Who hears of sessions that begin and end: for logs and accounts. Never called on the packet path.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/address.h"
#include "base/time.h"
#include "relay/counters.h"

namespace relay {

struct Allocation;

enum class EndReason : uint8_t {
  kExpired,      // not refreshed in time
  kReleased,     // by its client: Refresh with lifetime 0
  kClientGone,   // its stream or DTLS association closed
  kKicked,       // by an operator
  kUserRemoved,  // its user may no longer come in
  kStopped,      // the server ends
  kCount
};

// "expired", "released", ..: the field `reason` of the log's session_end.
[[nodiscard]] const char* name_of(EndReason reason);

// A request that was answered with an error.
struct RefusedRequest {
  base::TimePoint now;
  std::string_view user;  // whom quotas count; where nobody has proved who he is, as sent, or empty
  base::Endpoint client;
  uint16_t code = 0;
  Reject reason = Reject::kBadRequest;
  // False: a datagram that anybody may have sent in the client's name.
  bool is_proven = false;
};

// Called on the server's thread while it answers or expires: must not block and must not call the server.
class SessionObserver {
 public:
  virtual void on_session_begin(const Allocation& allocation) = 0;
  // The allocation is whole for the last time, its traffic included.
  virtual void on_session_end(const Allocation& allocation, EndReason reason) = 0;
  // But for challenges and stale nonces, which every login begins with. As often as clients like: must bound
  // itself.
  virtual void on_refused(const RefusedRequest& /*refused*/) {}

 protected:
  ~SessionObserver() = default;
};

}  // namespace relay
