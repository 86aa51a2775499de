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

std::optional<ReservationToken> RelaySockets::hold(size_t address, uint16_t port) {
  auto socket = bind(address, port);
  if (!socket) return std::nullopt;
  ReservationToken token{};
  random_.fill(token);
  ports_.reserve(loop_.now().steady, token, {std::move(*socket), address, port});
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
  ports_.expire(now);
  for (int i = 0; i < kBindTries; ++i) {
    const auto claim = ports_.claim(now, request.family, request.even, request.reserve_next, random_);
    if (!claim) return std::unexpected(PortError::kNoPort);
    if (request.tcp) {
      auto opened = open_tcp(*claim, owner);
      if (opened) return opened;
      ports_.release(now, claim->address, claim->port);
      if (opened.error() != PortError::kNoPort) return opened;
      continue;
    }
    auto socket = bind(claim->address, claim->port);
    std::optional<ReservationToken> token;
    if (socket && claim->pair) token = hold(claim->address, static_cast<uint16_t>(claim->port + 1));
    if (socket && (!claim->pair || token)) {
      auto opened = take_in(std::move(*socket), claim->address, owner);
      opened.reservation = token;
      return opened;
    }
    ports_.release(now, claim->address, claim->port);
    if (claim->pair) ports_.release(now, claim->address, static_cast<uint16_t>(claim->port + 1));
    if (!socket && socket.error() != PortError::kNoPort) return std::unexpected(socket.error());
  }
  return std::unexpected(PortError::kNoPort);
}

void RelaySockets::close(const OpenedPort& port) {
  handler_.before_close();
  Slot& slot = slots_[port.socket];
  ports_.clear_owner(slot.address, port.bound.port);
  slot.socket.reset();
  slot.listener.reset();
  ports_.release(loop_.now().steady, slot.address, port.bound.port);
  free_slots_.push_back(port.socket);
}

}  // namespace relay::worker
