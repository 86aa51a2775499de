// Two relay-only agents of libnice pass messages through the TURN server, in turns. See pair_test.py.
#include <nice/agent.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

namespace {

constexpr guint kComponent = 1;
constexpr int kRounds = 200;
constexpr guint kLimitSeconds = 30;

[[noreturn]] void fail(std::string_view reason) {
  std::printf("FAILED: %.*s\n", static_cast<int>(reason.size()), reason.data());
  std::exit(1);
}

const char* environment(const char* name) {
  const char* value = std::getenv(name);
  if (value == nullptr) fail(std::string(name) + " is not set; start this through pair_test.py");
  return value;
}

struct Peer {
  const char* name;
  NiceAgent* agent = nullptr;
  guint stream = 0;
  Peer* other = nullptr;
  bool gathered = false;
  bool ready = false;
  int received_rounds = 0;
};

GMainLoop* loop = nullptr;

// What `round` carries: its length and bytes differ from those of every neighbouring round.
std::vector<char> message_of(int round) {
  std::vector<char> message(1 + static_cast<size_t>(round) * 7 % 1200);
  for (size_t i = 0; i < message.size(); ++i)
    message[i] = static_cast<char>(static_cast<size_t>(round) * 31 + i * 17);
  return message;
}

void send_round(Peer& from, int round) {
  const auto message = message_of(round);
  const gint sent = nice_agent_send(from.agent, from.stream, kComponent, static_cast<guint>(message.size()),
                                    message.data());
  if (sent != static_cast<gint>(message.size()))
    fail("nice_agent_send took " + std::to_string(sent) + " bytes");
}

void on_received(NiceAgent*, guint, guint, guint bytes, gchar* data, gpointer user) {
  Peer& peer = *static_cast<Peer*>(user);
  const auto expected = message_of(peer.received_rounds);
  if (std::string_view(data, bytes) != std::string_view(expected.data(), expected.size()))
    fail(std::string(peer.name) + ": round " + std::to_string(peer.received_rounds) +
         " arrived with wrong bytes");
  const int round = peer.received_rounds++;
  if (peer.other->received_rounds == peer.received_rounds) {  // both directions of this round are done
    if (peer.received_rounds == kRounds)
      g_main_loop_quit(loop);
    else
      send_round(peer, round + 1);
  } else {
    send_round(peer, round);
  }
}

// Gives `to` the credentials and candidates of `from`, after proving that all of these are relayed.
void hand_over(const Peer& from, const Peer& to) {
  gchar *ufrag = nullptr, *password = nullptr;
  nice_agent_get_local_credentials(from.agent, from.stream, &ufrag, &password);
  nice_agent_set_remote_credentials(to.agent, to.stream, ufrag, password);
  g_free(ufrag);
  g_free(password);
  GSList* candidates = nice_agent_get_local_candidates(from.agent, from.stream, kComponent);
  if (candidates == nullptr) fail(std::string(from.name) + ": no candidate");
  for (GSList* at = candidates; at != nullptr; at = at->next)
    if (static_cast<NiceCandidate*>(at->data)->type != NICE_CANDIDATE_TYPE_RELAYED)
      fail(std::string(from.name) + ": a candidate is not relayed");
  nice_agent_set_remote_candidates(to.agent, to.stream, kComponent, candidates);
  g_slist_free_full(candidates,
                    [](gpointer each) { nice_candidate_free(static_cast<NiceCandidate*>(each)); });
}

void on_gathered(NiceAgent*, guint, gpointer user) {
  Peer& peer = *static_cast<Peer*>(user);
  peer.gathered = true;
  if (!peer.other->gathered) return;
  hand_over(peer, *peer.other);
  hand_over(*peer.other, peer);
}

void on_state(NiceAgent*, guint, guint, guint state, gpointer user) {
  Peer& peer = *static_cast<Peer*>(user);
  std::printf("%s: %s\n", peer.name, nice_component_state_to_string(static_cast<NiceComponentState>(state)));
  if (state == NICE_COMPONENT_STATE_FAILED) fail(std::string(peer.name) + ": found no way");
  const bool was_ready = peer.ready;
  peer.ready = peer.ready || state == NICE_COMPONENT_STATE_READY;
  if (peer.ready && !was_ready && peer.other->ready) send_round(peer, 0);
}

void start(Peer& peer, gboolean controlling) {
  peer.agent = nice_agent_new(g_main_loop_get_context(loop), NICE_COMPATIBILITY_RFC5245);
  g_object_set(peer.agent, "force-relay", TRUE, "controlling-mode", controlling, "upnp", FALSE, nullptr);
  g_signal_connect(peer.agent, "candidate-gathering-done", G_CALLBACK(on_gathered), &peer);
  g_signal_connect(peer.agent, "component-state-changed", G_CALLBACK(on_state), &peer);
  peer.stream = nice_agent_add_stream(peer.agent, 1);
  const bool udp = std::string_view(environment("TURN_TRANSPORT")) == "udp";
  if (!nice_agent_set_relay_info(peer.agent, peer.stream, kComponent, environment("TURN_ADDRESS"),
                                 static_cast<guint>(std::atoi(environment("TURN_PORT"))),
                                 environment("TURN_USER"), environment("TURN_PASSWORD"),
                                 udp ? NICE_RELAY_TYPE_TURN_UDP : NICE_RELAY_TYPE_TURN_TCP))
    fail("nice_agent_set_relay_info refused the server");
  nice_agent_attach_recv(peer.agent, peer.stream, kComponent, g_main_loop_get_context(loop), on_received,
                         &peer);
  if (!nice_agent_gather_candidates(peer.agent, peer.stream)) fail("nice_agent_gather_candidates");
}

}  // namespace

int main() {
  std::setvbuf(stdout, nullptr, _IOLBF, 0);
  loop = g_main_loop_new(nullptr, FALSE);
  Peer left{.name = "left"}, right{.name = "right"};
  left.other = &right;
  right.other = &left;
  g_timeout_add_seconds(kLimitSeconds, [](gpointer) -> gboolean { fail("not done in time"); }, nullptr);
  start(left, TRUE);
  start(right, FALSE);
  g_main_loop_run(loop);
  g_object_unref(left.agent);
  g_object_unref(right.agent);
  g_main_loop_unref(loop);
}
