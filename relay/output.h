// What the TURN server wants done that is no answer to the packet at hand: the sockets of TCP relaying, and
// messages that nobody has just asked for. Taken by Server::poll_output().
#pragma once

#include <cstdint>
#include <variant>
#include <vector>

#include "relay/five_tuple.h"
#include "relay/peer_connection.h"

namespace relay {

// Connect from `local`, a relayed transport address as it is bound. Comes back as handle_connected() or
// handle_connect_failed().
struct OpenConnection {
  ConnectionId id = 0;
  base::Endpoint local;
  base::Endpoint remote;
};

// The connection is over, in whatever state; nothing comes back. What is on its way may still be delivered.
struct CloseConnection {
  ConnectionId id = 0;
};

// A late answer, or a ConnectionAttempt indication, for a client over a stream.
struct TellClient {
  ClientPath client;
  std::vector<uint8_t> message;
};

using Output = std::variant<OpenConnection, CloseConnection, TellClient>;

}  // namespace relay
