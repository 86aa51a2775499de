// The TURN server of one worker (RFC 8656): bytes and times in, what to send out. Start reading here.
#pragma once

#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "relay/core.h"

namespace relay {

struct Request;

// What to do with one packet. Views point into the packet and into the scratch space given with it, and die
// with the next call. On the packet path this is all there is: no queue, no copy of the payload.
struct Step {
  enum class Kind : uint8_t {
    kNothing,   // dropped and counted, or nothing to say
    kReply,     // send `header` to where the packet came from
    kToPeer,    // send `payload` from the relay socket `socket` to `peer`
    kToClient,  // send `header`, `payload` and `padding_bytes` zeros to `client`
    kHairpin,   // `peer` is a relayed address of this process, though not of this worker: hand `payload` over
                // as coming from `from`
    kJoin,      // as kReply; from then on the stream carries the data of `connection`
    kHandOver,  // the stream, with this packet unread, goes to the worker of `connection`
  };
  Kind kind = Kind::kNothing;
  bool dont_fragment = false;
  uint8_t padding_bytes = 0;
  uint32_t socket = 0;
  ConnectionId connection = 0;
  base::Bytes header;
  base::Bytes payload;
  base::Endpoint peer;
  base::Endpoint from;
  const ClientPath* client = nullptr;
};

// Enough for every answer and for the header of a Data indication.
inline constexpr size_t kReplySpaceBytes = 1024;

struct IcmpError {
  uint8_t type = 0;
  uint8_t code = 0;
  uint32_t data = 0;  // next-hop MTU for "too big", else 0
};

// For people: what `icebox sessions` shows.
struct SessionInfo {
  AllocationId id = 0;
  std::string user;
  std::string username;  // as sent: of a REST credential with its expiry
  FiveTuple client;
  std::vector<base::Endpoint> relayed;
  std::chrono::seconds age{};
  std::chrono::seconds expires_in{};
  size_t permissions = 0;
  size_t channels = 0;
  bool tcp = false;        // RFC 6062
  size_t connections = 0;  // with peers, over TCP
  uint64_t packets_to_peers = 0, bytes_to_peers = 0, packets_to_client = 0, bytes_to_client = 0;
};

enum class Direction : uint8_t { kToPeer, kToClient };

class Server {
 public:
  // Everything passed by reference outlives the server and is used on its thread only, but for `counters`.
  Server(base::TimePoint now, const ServerOptions& options, const PeerPolicy& policy,
         Credentials& credentials, RelayPorts& ports, Quotas& quotas, base::RandomSource& random,
         const stun::NonceKey& nonces, Counters& counters, const ConnectionIds& connections = {},
         Transactions* shared_transactions = nullptr);  // none: the server remembers for itself
  ~Server();

  // One datagram, or one frame of a stream without its padding. `scratch`: at least kReplySpaceBytes.
  [[nodiscard]] Step handle_client(const base::Moment& now, const ClientPath& from, base::Bytes packet,
                                   base::MutableBytes scratch);
  // A datagram that reached a relayed address of `allocation` from `peer`. `scratch` takes the header.
  [[nodiscard]] Step handle_peer(base::TimePoint now, Allocation& allocation, const base::Endpoint& peer,
                                 base::Bytes payload, base::MutableBytes scratch);
  // A packet that another allocation of this process sent to `relayed`, one of this worker's addresses.
  [[nodiscard]] Step handle_hairpin(base::TimePoint now, const base::Endpoint& relayed,
                                    const base::Endpoint& from, base::Bytes payload,
                                    base::MutableBytes scratch);
  // An ICMP error about what `allocation` sent to `peer` (RFC 8656 §11.6).
  [[nodiscard]] Step handle_icmp(base::TimePoint now, Allocation& allocation, const base::Endpoint& peer,
                                 const IcmpError& error, base::MutableBytes scratch);

  // A stream has closed: its allocation ends at once (RFC 8656 §5).
  void handle_client_gone(const FiveTuple& tuple);
  void handle_timeout(base::TimePoint now);
  [[nodiscard]] std::optional<base::TimePoint> poll_timeout() const;

  // What to do beside the steps, in order; nothing: all is done. Every call that is not const may add to it.
  [[nodiscard]] std::optional<Output> poll_output();
  // Outcomes of OpenConnection: the client hears of success only then (RFC 6062 §5.2).
  void handle_connected(base::TimePoint now, ConnectionId id);
  void handle_connect_failed(ConnectionId id);
  // A TCP connection that `from` has made to a relayed address of `allocation`. Nothing: close it (§5.3).
  [[nodiscard]] std::optional<ConnectionId> handle_incoming(base::TimePoint now, AllocationId allocation,
                                                            const base::Endpoint& from);
  // Both directions have ended, or one end has broken.
  void handle_connection_closed(ConnectionId id);
  // `bytes` have been read for the other end. Gives when to read on, nothing if at once: the bandwidth limit.
  [[nodiscard]] std::optional<base::TimePoint> handle_relayed(base::TimePoint now, ConnectionId id,
                                                              Direction direction, size_t bytes);

  // Who hears of sessions; outlives the server.
  void observe(SessionObserver& observer) { core_.observer = &observer; }

  // Who says what a user may permit; outlives the server.
  void guard(const PeerGuard& guard) { core_.guard = &guard; }

  [[nodiscard]] Allocation* find(AllocationId id) { return core_.allocations.find(id); }
  [[nodiscard]] bool has_allocation(const FiveTuple& tuple) {
    return core_.allocations.find(tuple) != nullptr;
  }
  [[nodiscard]] size_t allocation_count() const { return core_.allocations.size(); }
  [[nodiscard]] std::vector<SessionInfo> sessions(base::TimePoint now) const;
  [[nodiscard]] std::vector<SessionInfo> sessions_of(std::string_view user, base::TimePoint now) const;

  // Operators' hands. New Allocates are refused while draining; what lives goes on.
  void drain() { core_.draining = true; }
  bool kick(AllocationId id, EndReason reason = EndReason::kKicked);
  size_t kick_user(std::string_view user);
  // Permissions and channels to peers that the new policy denies end now, not at their expiry.
  void change_policy(const PeerPolicy& policy);
  void change_options(const ServerOptions& options);
  // The sources that were refused most since the last call, for a warning now and then.
  [[nodiscard]] std::vector<RefusedSource> take_refused_sources() { return core_.budgets.take_refused(); }
  void change_nonces(const stun::NonceKey& nonces) { core_.nonces = nonces; }

 private:
  [[nodiscard]] Step on_channel_data(base::TimePoint now, const ClientPath& from, base::Bytes packet,
                                     base::MutableBytes scratch);
  [[nodiscard]] Step on_message(const base::Moment& now, const ClientPath& from, base::Bytes packet,
                                base::MutableBytes scratch);
  [[nodiscard]] Step on_classic(base::TimePoint now, const ClientPath& from, base::Bytes packet,
                                base::MutableBytes scratch);
  [[nodiscard]] Step on_indication(base::TimePoint now, const ClientPath& from, const stun::Message& message,
                                   base::MutableBytes scratch);
  [[nodiscard]] Step on_request(const base::Moment& now, const ClientPath& from, const stun::Message& message,
                                base::MutableBytes scratch);
  [[nodiscard]] base::Bytes answer(Request& request);
  void expire_connections(base::TimePoint now);
  [[nodiscard]] Step to_peer(base::TimePoint now, Allocation& allocation, const base::Endpoint& peer,
                             base::Bytes payload, bool dont_fragment, base::MutableBytes scratch);
  [[nodiscard]] Step drop(Drop reason) {
    core_.counters.drop(reason);
    return {};
  }
  [[nodiscard]] bool within_bandwidth(base::TokenBucket& budget, base::TimePoint now, size_t bytes) const;

  std::unique_ptr<Transactions> own_transactions_;  // unless they are shared
  Core core_;
};

}  // namespace relay
