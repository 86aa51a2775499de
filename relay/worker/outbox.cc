#include "relay/worker/outbox.h"

#include <array>

#include "relay/worker/client_streams.h"
#include "relay/worker/dtls_clients.h"

namespace relay::worker {
namespace {

constexpr std::array<uint8_t, 4> kZeros{};

}  // namespace

Outbox::Outbox() : scratch_(std::make_unique<uint8_t[]>(kScratchSlots * kReplySpaceBytes)) {}

void Outbox::carry_out(const Step& step, const ClientPath& from) {
  switch (step.kind) {
    case Step::Kind::kNothing:
    case Step::Kind::kHandOver:
      return;
    case Step::Kind::kReply:
    case Step::Kind::kJoin:
      return to_client(from, step.header, {}, 0, false);
    case Step::Kind::kToClient:
      return to_client(*step.client, step.header, step.payload, step.padding_bytes, true);
    case Step::Kind::kHairpin:
      return to_other_worker(step);
    case Step::Kind::kToPeer:
      batch_.add(wiring_.sockets->at(step.socket).socket, step.peer, step.payload,
                 {.dont_fragment = step.dont_fragment});
  }
}

void Outbox::to_client(const ClientPath& client, base::Bytes header, base::Bytes payload,
                       size_t padding_bytes, bool media) {
  const std::array<base::Bytes, 3> pieces{header, payload, base::Bytes(kZeros).first(padding_bytes)};
  switch (client.tuple.transport) {
    case Transport::kUdp:
      use_scratch();
      batch_.add(*(*wiring_.listeners)[client.route], client.tuple.client, pieces,
                 {.from = client.tuple.server.ip});
      return;
    case Transport::kDtls:
      return wiring_.dtls->send(client, pieces);
    case Transport::kTcp:
    case Transport::kTls:
      return wiring_.streams->send(client.route, pieces, media);
  }
}

void Outbox::send_message(const ClientPath& to, base::Bytes message) {
  wiring_.streams->send(to.route, {&message, 1}, false);
}

void Outbox::send_datagram(const ClientPath& to, base::Bytes datagram) {
  batch_.add(*(*wiring_.listeners)[to.route], to.tuple.client, datagram, {.from = to.tuple.server.ip});
}

void Outbox::to_other_worker(const Step& step) {
  if (const auto owner = wiring_.ports->owner_of(step.peer)) {
    if (auto* ring = (*wiring_.rings)[*owner]; ring && ring->push({step.peer, step.from}, step.payload)) {
      rang_ = true;
      return;
    }
  } else if ((*wiring_.policy)->explain(step.peer.ip, step.peer.port).allowed) {
    // An ordinary program on a relayed address of ours, which the operator has allowed.
    batch_.add(wiring_.sockets->at(step.socket).socket, step.peer, step.payload, {});
    return;
  }
  wiring_.counters->drop(Drop::kNoHairpin);
}

void Outbox::flush() {
  batch_.flush();
  // But for the next: a flush may come from inside a step that is being made in it.
  for (size_t i = 1; i < kScratchSlots; ++i) net::poison(slot((next_ + i) % kScratchSlots));
  wiring_.streams->flush();
  if (!rang_) return;
  rang_ = false;
  for (auto* ring : *wiring_.rings) {
    if (ring) ring->flush();
  }
}

}  // namespace relay::worker
