#include "signaling/route.h"

#include <chrono>
#include <memory>
#include <optional>
#include <utility>

#include "signaling/delivery.h"
#include "signaling/fingerprint.h"
#include "signaling/lifecycle.h"
#include "signaling/receipts.h"
#include "signaling/sdp_fingerprint.h"

namespace signaling {
namespace {

constexpr size_t kMaxTargetBytes = 256;
constexpr std::chrono::seconds kReceiptsComeWithin{1};

struct Fault {
  int code;
  std::string_view text;
  uint64_t HubCounters::* counter;
  std::chrono::nanoseconds wait{};
};

constexpr Fault kNoPeer{kErrorNoSuchPeer, "no such peer", &HubCounters::refused_target};
constexpr Fault kTooManyWait{kErrorQueueFull, "too many messages wait for others",
                             &HubCounters::refused_full};

std::optional<Fault> check_sender(HubState& hub, base::TimePoint now, Session& sender,
                                  const Outgoing& outgoing) {
  const auto& rates = hub.rates_of(*sender.peer);
  // A message may be owed for: its octets are known only now that it is here.
  const auto wait = sender.rate.wait(now, rates);
  if (wait > std::chrono::nanoseconds(0))
    return Fault{kErrorTooMuch, "too many messages; send it again after retry_after_ms",
                 &HubCounters::refused_rate, wait};
  sender.rate.take(now, outgoing.body.size(), rates);
  if (!sender.is_live()) return Fault{kErrorUnverified, kUnverifiedText, &HubCounters::refused_unverified};
  if (outgoing.id && sender.unanswered.size() >= hub.options.unanswered_ids)
    return Fault{kErrorTooMuch, "too many messages without a receipt; send it again after retry_after_ms",
                 &HubCounters::refused_full, kReceiptsComeWithin};
  return std::nullopt;
}

constexpr std::string_view kOtherCertificate =
    "the sdp names a fingerprint that is not this peer's own; make the connection with the certificate that "
    "this peer is registered with, and write it as a=fingerprint:sha-256 VALUE";

// What the hub relays as a description must say whose media it is: there is nothing else to judge it by.
bool needs_sdp(const Peer& sender, MessageKind kind) {
  return sender.id > PeerId{0} && (kind == MessageKind::kOffer || kind == MessageKind::kAnswer);
}

// Media must not flow to anybody but the peer that the others were told of.
std::optional<Fault> check_sdp(const Peer& sender, const Outgoing& outgoing) {
  const auto fault = [](int code, std::string_view text) {
    return Fault{code, text, &HubCounters::refused_sdp};
  };
  if (!outgoing.sdp) {
    if (!needs_sdp(sender, outgoing.kind)) return std::nullopt;
    return fault(kErrorBadRequest, "an offer or answer needs its sdp");
  }
  if (sender.fingerprint.empty()) return std::nullopt;
  switch (match_sdp_fingerprints(*outgoing.sdp, sender.fingerprint)) {
    case SdpMatch::kAllMatch:
      return std::nullopt;
    case SdpMatch::kNone:
      return fault(kErrorForbidden, "the sdp names no fingerprint; send it with its a=fingerprint");
    case SdpMatch::kUnreadable:
      return fault(kErrorForbidden,
                   "the sdp has control characters, other line ends than CR and LF, or names beyond ASCII, "
                   "which readers take differently; send it as the browser made it");
    case SdpMatch::kForeignKeys:
      return fault(
          kErrorForbidden,
          "the sdp brings keys of its own (a=crypto, a=key-mgmt or k=), which no certificate vouches "
          "for; use DTLS alone");
    case SdpMatch::kOther:
      break;
  }
  return fault(kErrorForbidden, kOtherCertificate);
}

PeerRef find_registered(const HubState& hub, UserId user, std::string_view target) {
  if (const auto fingerprint = canonical_fingerprint(target)) {
    if (auto found = hub.registry.find_fingerprint(user, *fingerprint)) return found;
  }
  return hub.registry.find_name(user, target);
}

// A session to hold what is sent to a name before anybody attaches with it.
Session& await_name(HubState& hub, UserId realm, const std::string& name) {
  auto peer = std::make_shared<Peer>();
  peer->id = PeerId{--hub.last_ephemeral};
  peer->user = realm;
  peer->name = name;
  peer->verified = true;
  auto& session = hub.add_session(std::move(peer));
  session.is_absent = true;
  ++hub.absent_names;
  return session;
}

std::variant<Session*, Fault> find_ephemeral(HubState& hub, UserId realm, const std::string& name) {
  Session* const there = hub.sessions.find(realm, name);
  if (there && there->connection) return there;
  const auto found = hub.realms.find(realm);
  if (found == hub.realms.end() || !found->second.options.queue_for_absent) return kNoPeer;
  if (there) return there;
  if (hub.absent_names >= found->second.options.absent_names || hub.sessions.size() >= hub.options.sessions)
    return kTooManyWait;
  return &await_name(hub, realm, name);
}

// The session of the receiver; one without connection is made if there is none.
std::variant<Session*, Fault> find_receiver(HubState& hub, const Peer& sender, const std::string& target) {
  if (target.empty() || target.size() > kMaxTargetBytes) return kNoPeer;
  if (sender.id < PeerId{0}) return find_ephemeral(hub, sender.user, target);
  auto peer = find_registered(hub, sender.user, target);
  if (!peer) return kNoPeer;
  if (!peer->verified)
    return Fault{kErrorForbidden, "the target is not verified yet; verify it first",
                 &HubCounters::refused_target};
  if (Session* const there = hub.sessions.find(peer->id)) return there;
  if (hub.sessions.size() >= hub.options.sessions) return kTooManyWait;
  return &hub.add_session(std::move(peer));
}

std::variant<Session*, Fault> find_receiver(HubState& hub, Session& sender, const std::string& target) {
  Session* const last = sender.last_target.find(target, hub.tables_version);
  if (last && last->connection) return last;
  const auto found = find_receiver(hub, *sender.peer, target);
  if (Session* const* const receiver = std::get_if<Session*>(&found))
    sender.last_target.set(target, hub.tables_version, **receiver);
  return found;
}

void refuse(HubState& hub, const Session& sender, const Outgoing& outgoing, const Fault& fault) {
  ++(hub.counters.*fault.counter);
  if (!sender.connection) return;  // it wrote to itself, and left too much unread
  hub.emit(*sender.connection, Refused{fault.code, fault.text, outgoing.id,
                                       std::chrono::ceil<std::chrono::milliseconds>(fault.wait)});
}

// The first receipt, or a note that one is owed.
void acknowledge(HubState& hub, base::TimePoint now, Session& sender, const Message& message,
                 Delivery delivery) {
  if (message.id) {
    sender.last_id = message.id;
    if (delivery != Delivery::kTaken) sender.unanswered.add(*message.id);
  }
  if (delivery == Delivery::kTaken) settle(hub, now, message, ReceiptStatus::kDelivered);
  if (delivery != Delivery::kQueued) return;
  ++hub.counters.queued;
  if (message.id) push(hub, now, sender, Receipt{0, message.id, ReceiptStatus::kQueued, message.target, {}});
}

}  // namespace

void route(HubState& hub, base::TimePoint now, Session& sender, Outgoing&& outgoing) {
  if (const auto fault = check_sender(hub, now, sender, outgoing))
    return refuse(hub, sender, outgoing, *fault);
  if (outgoing.id && sender.last_id && *outgoing.id <= *sender.last_id)
    return answer_again(hub, now, sender, *outgoing.id);
  if (const auto fault = check_sdp(*sender.peer, outgoing)) return refuse(hub, sender, outgoing, *fault);
  const auto found = find_receiver(hub, sender, outgoing.target);
  if (const auto* fault = std::get_if<Fault>(&found)) return refuse(hub, sender, outgoing, *fault);

  Session& receiver = *std::get<Session*>(found);
  auto message = std::make_shared<Message>(Message{.source = sender.peer,
                                                   .target = receiver.peer,
                                                   .kind = outgoing.kind,
                                                   .body = std::move(outgoing.body),
                                                   .id = outgoing.id,
                                                   .sender_session = sender.serial});
  const auto delivery = deliver(hub, now, receiver, message);
  if (delivery == Delivery::kFull) {
    refuse(hub, sender, outgoing,
           {kErrorQueueFull, "too many messages wait for this peer; try again later",
            &HubCounters::refused_full});
    return forget_if_idle(hub, receiver);
  }
  ++hub.counters.relayed;
  acknowledge(hub, now, sender, *message, delivery);
}

}  // namespace signaling
