// A hub with its registry and a clock moved by hand; what each connection heard, as lines of text.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "signaling/hub.h"
#include "signaling/peer_table.h"
#include "tests/support/fake_clock.h"
#include "tests/support/fixed_random.h"

namespace signaling {

// Lines look so: "welcome fresh desk+ phone-" (the peers, online or not), "#1 desk:1 offer {..} id=7" (n,
// source, seq, kind, body), "#2 delivered 7", "#3 queued 7", "#4 lost 7 to phone", "#5 phone online",
// "refused 404 id=7", "close 4001".
using Lines = std::vector<std::string>;

[[nodiscard]] std::string to_line(const Output& output);
[[nodiscard]] std::string fingerprint_of(PeerId id);  // as HubWorld gives them

struct HubWorld {
  explicit HubWorld(const HubOptions& options = {}) : hub(table, random, clock.steady(), options) {}

  // A verified peer with a fingerprint, unless `edit` makes it otherwise.
  PeerId add(int64_t user, const std::string& name, void (*edit)(Peer&) = nullptr);
  void change(PeerId id, void (*edit)(Peer&));
  void remove(PeerId id);

  // The connection is new each time.
  ConnectionId attach(PeerId peer, bool confirms = false, std::optional<Resume> resume = std::nullopt);
  ConnectionId attach(const Ephemeral& who);
  void send(ConnectionId from, const std::string& target, const std::string& body,
            std::optional<uint64_t> id = std::nullopt, MessageKind kind = MessageKind::kData);
  void send_sdp(ConnectionId from, const std::string& target, const std::string& sdp);
  void confirm(ConnectionId connection, uint64_t n);
  void detach(ConnectionId connection, Ending ending = Ending::kBroken);
  // Lets the time pass deadline by deadline.
  void pass(std::chrono::milliseconds time);

  // What `connection` heard since the last call.
  [[nodiscard]] Lines heard(ConnectionId connection);
  // To come back to the session that `connection` was welcomed to.
  [[nodiscard]] Resume resume(ConnectionId connection, uint64_t last_seq) const;

  support::FakeClock clock;
  support::FixedRandom random{1};
  PeerTable table{{1, 2}};
  Hub hub;
  std::vector<Output> outputs;  // all there ever were

 private:
  void drain();

  uint64_t last_connection_ = 0;
  int64_t last_peer_ = 0;
  std::map<ConnectionId, Lines> heard_;
  std::map<ConnectionId, std::string> sessions_;
};

}  // namespace signaling
