#include "tests/signaling/hub_world.h"

#include <sstream>
#include <utility>

namespace signaling {
namespace {

constexpr std::string_view kKinds[] = {"offer", "answer", "candidate", "data", "other"};

template <typename... Parts>
std::string join(const Parts&... parts) {
  std::ostringstream text;
  (text << ... << parts);
  return text.str();
}
std::string id_text(std::string_view before, std::optional<uint64_t> id) {
  return id ? join(before, *id) : "";
}

std::string line_of(const Welcome& welcome) {
  std::string line = welcome.resumed ? "welcome back" : "welcome fresh";
  for (const auto& [peer, online] : welcome.peers)
    line += join(" ", peer->name, online ? "+" : "-", peer->verified ? "" : "?");
  return line;
}
std::string line_of(const Relayed& relayed) {
  const auto& message = *relayed.message;
  return join("#", relayed.n, " ", message.source->name, ":", relayed.seq, " ",
              kKinds[static_cast<int>(message.kind)], " ", message.body, id_text(" id=", message.id));
}
std::string line_of(const Receipt& receipt) {
  constexpr std::string_view kStates[] = {" queued", " delivered", " lost"};
  const auto line = join("#", receipt.n, kStates[static_cast<int>(receipt.status)], id_text(" ", receipt.id));
  return receipt.status == ReceiptStatus::kNotDelivered ? join(line, " to ", receipt.target->name) : line;
}
std::string line_of(const PeerUpdate& update) {
  const bool renamed = update.before && update.before->name != update.peer->name;
  return join("#", update.n, " ", update.peer->name, update.online ? " online" : " offline",
              update.peer->verified ? "" : " unverified", update.removed ? " removed" : "",
              renamed ? join(" was ", update.before->name) : "");
}
std::string line_of(const Refused& refused) {
  return join("refused ", refused.code, id_text(" id=", refused.id));
}
std::string line_of(const Close& close) { return join("close ", close.code); }

}  // namespace

std::string to_line(const Output& output) {
  return std::visit([](const auto& what) { return line_of(what); }, output.what);
}

std::string fingerprint_of(PeerId id) {
  const auto digits = std::to_string(static_cast<int64_t>(id));
  return std::string(64 - digits.size(), '0') + digits;
}

PeerId HubWorld::add(int64_t user, const std::string& name, void (*edit)(Peer&)) {
  Peer peer{.id = PeerId{++last_peer_}, .user = UserId{user}, .name = name, .verified = true};
  peer.fingerprint = fingerprint_of(peer.id);
  if (edit) edit(peer);
  const auto [before, after] = table.put(std::move(peer));
  hub.handle_peer_changed(clock.steady(), before, after);
  drain();
  return after->id;
}

void HubWorld::change(PeerId id, void (*edit)(Peer&)) {
  Peer peer = *table.find(id);
  edit(peer);
  const auto [before, after] = table.put(std::move(peer));
  hub.handle_peer_changed(clock.steady(), before, after);
  drain();
}

void HubWorld::remove(PeerId id) {
  const auto [before, after] = table.remove(id);
  hub.handle_peer_changed(clock.steady(), before, after);
  drain();
}

ConnectionId HubWorld::attach(PeerId peer, bool confirms, std::optional<Resume> resume) {
  const ConnectionId connection{++last_connection_};
  hub.attach(clock.steady(), connection, {.who = peer, .resume = std::move(resume), .confirms = confirms});
  drain();
  return connection;
}

ConnectionId HubWorld::attach(const Ephemeral& who) {
  const ConnectionId connection{++last_connection_};
  hub.attach(clock.steady(), connection, {.who = who, .keeps_history = false});
  drain();
  return connection;
}

void HubWorld::send(ConnectionId from, const std::string& target, const std::string& body,
                    std::optional<uint64_t> id, MessageKind kind) {
  hub.send(clock.steady(), from, {.target = target, .kind = kind, .body = body, .id = id});
  drain();
}

void HubWorld::send_sdp(ConnectionId from, const std::string& target, const std::string& sdp) {
  hub.send(clock.steady(), from, {.target = target, .kind = MessageKind::kOffer, .body = "x", .sdp = sdp});
  drain();
}

void HubWorld::confirm(ConnectionId connection, uint64_t n) {
  hub.confirm(clock.steady(), connection, n);
  drain();
}

void HubWorld::detach(ConnectionId connection, Ending ending) {
  hub.detach(clock.steady(), connection, ending);
  drain();
}

void HubWorld::pass(std::chrono::milliseconds time) {
  const auto end = clock.steady() + time;
  while (true) {
    const auto next = hub.poll_timeout();
    if (!next || *next > end) break;
    if (*next > clock.steady()) clock.advance(*next - clock.steady());
    hub.handle_timeout(clock.steady());
    drain();
  }
  clock.advance(end - clock.steady());
}

Lines HubWorld::heard(ConnectionId connection) { return std::exchange(heard_[connection], {}); }

Resume HubWorld::resume(ConnectionId connection, uint64_t last_seq) const {
  return {sessions_.at(connection), last_seq};
}

void HubWorld::drain() {
  while (auto output = hub.poll_output()) {
    heard_[output->connection].push_back(to_line(*output));
    if (const auto* welcome = std::get_if<Welcome>(&output->what))
      sessions_[output->connection] = welcome->session;
    outputs.push_back(std::move(*output));
  }
}

}  // namespace signaling
