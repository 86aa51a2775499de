// The hub at work: hands its outputs to the connections they are for, and its timeouts to the loop.
#pragma once

#include <functional>

#include "net/event_loop.h"
#include "net/timer.h"
#include "signaling/connection_map.h"
#include "signaling/hub.h"

namespace signaling::dialects {

// One connection of a dialect. Told what the hub says to it, from inside the switchboard's calls: it may
// write to its own connection, but calls the switchboard only from the loop.
class Line {
 public:
  virtual void on_welcome(const Welcome& welcome) = 0;
  virtual void on_relayed(const Relayed& relayed) = 0;
  virtual void on_receipt(const Receipt& receipt) = 0;
  virtual void on_peer_update(const PeerUpdate& update) = 0;
  virtual void on_refused(const Refused& refused) = 0;
  // The hub has forgotten the connection; the line hears no more and closes it.
  virtual void on_close(const Close& close) = 0;
  // Whether on_relayed() could send a message whose body has that size.
  [[nodiscard]] virtual bool can_take(size_t /*body_bytes*/) { return true; }
  // What on_relayed() will touch, see base/fetch_ahead.h.
  [[nodiscard]] virtual bool fetch_sending(unsigned /*step*/) const { return false; }

 protected:
  ~Line() = default;
};

// A dialect's four verbs: attach, send, receive (its Line), detach. Loop's thread only.
class Switchboard final : private Wires {
 public:
  // Everything passed by reference outlives it.
  Switchboard(net::EventLoop& loop, const Registry& registry, base::RandomSource& random,
              const HubOptions& options);
  Switchboard(const Switchboard&) = delete;
  Switchboard& operator=(const Switchboard&) = delete;

  void open_realm(UserId realm, const RealmOptions& options) { hub_.open_realm(realm, options); }
  // `attaching` hears of each registered peer that attaches, before it is welcomed.
  void on_attach(std::function<void(PeerId)> attaching) { attaching_ = std::move(attaching); }
  // `relaying` hears of each message right before its receiver does.
  void on_relaying(std::function<void(const Message&)> relaying) { relaying_ = std::move(relaying); }
  // `line` hears the answer before this returns, and lives until detach() or on_close().
  ConnectionId attach(Line& line, const Attach& attach);
  void send(ConnectionId connection, Outgoing&& outgoing);
  // What send() will touch, see base/fetch_ahead.h: the hub's part, then the receiver's line.
  [[nodiscard]] bool fetch_ahead(ConnectionId connection, unsigned step) const;
  void confirm(ConnectionId connection, uint64_t n);
  void detach(ConnectionId connection, Ending ending);

  void handle_peer_changed(const PeerRef& before, const PeerRef& after);
  void end_session(PeerId peer, uint16_t code, std::string_view text);
  void change_options(const HubOptions& options) { hub_.change_options(options); }

  [[nodiscard]] const Hub& hub() const { return hub_; }
  [[nodiscard]] base::TimePoint now() const { return loop_.steady_now(); }
  [[nodiscard]] size_t connections() const { return lines_.size(); }

 private:
  [[nodiscard]] bool can_take(ConnectionId connection, size_t body_bytes) override;
  void deliver();
  void deliver(const Output& output);
  bool forget(ConnectionId connection);  // false: forgotten before

  net::EventLoop& loop_;
  Hub hub_;
  net::Timer timer_;
  ConnectionNames names_;
  ConnectionMap<Line> lines_;
  std::function<void(PeerId)> attaching_;
  std::function<void(const Message&)> relaying_;
  bool delivering_ = false;
};

}  // namespace signaling::dialects
