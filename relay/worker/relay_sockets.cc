#include "relay/worker/relay_sockets.h"

#include <cerrno>
#include <utility>

namespace relay::worker {
namespace {

// Other programs may hold ports of the range; more than this in a row means that the range is not ours at
// all.
constexpr int kBindTries = 16;
// Bounded: a peer that opens many connections must not starve the others.
constexpr int kAcceptsPerWakeUp = 16;
// Of connections that wait to be accepted.
constexpr int kBacklog = 64;

PortError port_error(int code) {
  if (code == EADDRNOTAVAIL) return PortError::kNoAddress;
  const bool exhausted = code == EMFILE || code == ENFILE || code == ENOBUFS || code == ENOMEM;
  return exhausted ? PortError::kNoDescriptor : PortError::kNoPort;
}

}  // namespace

RelaySocket::RelaySocket(RelaySockets& owner, net::UdpSocket opened, AllocationId allocation_of)
    : socket(std::move(opened)),
      allocation_id(allocation_of),
      owner_(owner),
      watch_(owner.loop_, socket.fd(), net::Events::kRead, *this) {}

void RelaySocket::on_ready(net::Events) { owner_.handler_.on_peer_traffic(*this); }

PeerListener::PeerListener(RelaySockets& owner, net::ListeningSocket opened, AllocationId allocation)
    : owner_(owner),
      socket_(std::move(opened)),
      allocation_id_(allocation),
      watch_(owner.loop_, socket_.fd.get(), net::Events::kRead, *this) {}

void PeerListener::on_ready(net::Events) {
  for (int i = 0; i < kAcceptsPerWakeUp; ++i) {
    auto accepted = net::accept_from(socket_.fd.get());
    if (accepted) {
      owner_.handler_.on_peer_connection(allocation_id_, std::move(*accepted));
      continue;
    }
    if (port_error(accepted.error()) != PortError::kNoDescriptor) return;
    watch_.set_events(net::Events::kNone);  // it stays ready: without a pause the loop would spin
    owner_.some_paused_ = true;
    return;
  }
}

RelaySockets::RelaySockets(net::EventLoop& loop, SharedPorts& ports, base::RandomSource& random,
                           RelaySocketHandler& handler, const Options& options)
    : loop_(loop), ports_(ports), random_(random), handler_(handler), options_(options) {}

std::expected<net::UdpSocket, PortError> RelaySockets::bind(size_t address, uint16_t port) const {
  net::UdpOptions options;
  options.receive_errors = true;
  options.receive_buffer_bytes = options_.receive_buffer_bytes;
  options.send_buffer_bytes = options_.send_buffer_bytes;
  auto socket = net::UdpSocket::open({ports_.address(address).bound, port}, options);
  if (socket) return std::move(*socket);
  return std::unexpected(port_error(socket.error().code));
}

uint32_t RelaySockets::new_slot(size_t address) {
  uint32_t handle = 0;
  if (free_slots_.empty()) {
    handle = static_cast<uint32_t>(slots_.size());
    slots_.emplace_back();
  } else {
    handle = free_slots_.back();
    free_slots_.pop_back();
  }
  slots_[handle].address = address;
  return handle;
}

std::expected<OpenedPort, PortError> RelaySockets::open_tcp(const SharedPorts::Claim& claim,
                                                            AllocationId owner) {
  const auto& address = ports_.address(claim.address);
  auto socket = net::open_listening_socket({address.bound, claim.port}, true, kBacklog, true);
  if (!socket) return std::unexpected(port_error(socket.error().code));
  const auto bound = socket->local;
  const uint32_t handle = new_slot(claim.address);
  slots_[handle].listener = std::make_unique<PeerListener>(*this, std::move(*socket), owner);
  ports_.set_owner(claim.address, bound.port, options_.worker, true);
  return OpenedPort{.relayed = {address.advertised, bound.port}, .bound = bound, .socket = handle};
}

void RelaySockets::resume_listeners() {
  if (!std::exchange(some_paused_, false)) return;
  for (const auto& slot : slots_) {
    if (slot.listener) slot.listener->resume();
  }
}

OpenedPort RelaySockets::take_in(net::UdpSocket socket, size_t address, AllocationId owner) {
  const auto bound = socket.local();
  const uint32_t handle = new_slot(address);
  slots_[handle].socket = std::make_unique<RelaySocket>(*this, std::move(socket), owner);
  ports_.set_owner(address, bound.port, options_.worker);
  return {.relayed = {ports_.address(address).advertised, bound.port}, .bound = bound, .socket = handle};
}

ReservationToken RelaySockets::hold(net::UdpSocket socket, size_t address, SharedPlace place) {
  ReservationToken token{};
  random_.fill(token);
  const uint16_t port = socket.local().port;
  ports_.reserve(loop_.now().steady, token, {std::move(socket), address, port, std::move(place)});
  return token;
}

std::expected<OpenedPort, PortError> RelaySockets::redeem(const ReservationToken& token, AllocationId owner) {
  auto reserved = ports_.redeem(loop_.now().steady, token);
  if (!reserved) return std::unexpected(PortError::kBadToken);
  return take_in(std::move(reserved->socket), reserved->address, owner);
}

std::expected<OpenedPort, PortError> RelaySockets::open(const PortRequest& request, AllocationId owner) {
  if (request.token) return redeem(*request.token, owner);
  if (!ports_.serves(request.family)) return std::unexpected(PortError::kFamilyNotSupported);
  if (!ports_.is_present(request.family)) return std::unexpected(PortError::kNoAddress);
  const auto now = loop_.now().steady;
  for (int i = 0; i < kBindTries; ++i) {
    const auto claim = ports_.claim(now, request.family, request.even, request.reserve_next, random_);
    if (!claim) return std::unexpected(PortError::kNoPort);
    uint16_t failed = claim->port;
    auto opened = request.tcp ? open_tcp(*claim, owner) : open_udp(*claim, request, owner, failed);
    if (opened) return opened;
    if (opened.error() != PortError::kNoPort) {
      ports_.give_up(now, *claim, std::nullopt);
      return opened;
    }
    ports_.give_up(now, *claim, failed);
  }
  return std::unexpected(PortError::kNoPort);
}

std::expected<OpenedPort, PortError> RelaySockets::open_udp(const SharedPorts::Claim& claim,
                                                            const PortRequest& request, AllocationId owner,
                                                            uint16_t& failed) {
  auto socket = bind(claim.address, failed = claim.port);
  if (!socket) return std::unexpected(socket.error());
  if (!claim.pair) return take_in(std::move(*socket), claim.address, owner);
  auto next = bind(claim.address, failed = static_cast<uint16_t>(claim.port + 1));
  if (!next) return std::unexpected(next.error());
  auto opened = take_in(std::move(*socket), claim.address, owner);
  opened.reservation = hold(std::move(*next), claim.address, request.reserved_place);
  return opened;
}

void RelaySockets::expire() { ports_.expire(loop_.now().steady); }

void RelaySockets::close(const OpenedPort& port, const SharedPlace& place) {
  handler_.before_close();
  Slot& slot = slots_[port.socket];
  ports_.clear_owner(slot.address, port.bound.port);
  slot.socket.reset();
  slot.listener.reset();
  ports_.release(loop_.now().steady, slot.address, port.bound.port, place);
  free_slots_.push_back(port.socket);
}

}  // namespace relay::worker
