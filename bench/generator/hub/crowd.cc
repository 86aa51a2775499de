#include "bench/generator/hub/crowd.h"

#include <algorithm>

#include "bench/generator/hub/handshake.h"

#include "net/system_clock.h"

namespace bench::generator::hub {
namespace {

constexpr uint64_t kFirstSource = 0x7f000101;  // 127.0.1.1

base::TimePoint now() { return net::read_clocks().steady; }

}  // namespace

Crowd::Crowd(const HubSite& site, size_t clients) : site_(site), scratch_(HubClient::kScratchBytes) {
  members_.reserve(clients);
  for (size_t i = 0; i < clients; ++i) members_.push_back(std::make_unique<Member>());
}

base::IpAddress Crowd::source_of(uint32_t client) const {
  if (site_.sources <= 1) return site_.server.ip.is_v4() ? base::IpAddress::v4(0) : base::IpAddress::v6(0, 0);
  return base::IpAddress::v4(static_cast<uint32_t>(kFirstSource + client % site_.sources));
}

std::expected<void, std::string> Crowd::attach(uint32_t from, uint32_t to, base::TimePoint give_up,
                                               const OnHeard& on_heard) {
  for (uint32_t client = from; client < to; ++client) waiting_.push_back(client);
  while (!waiting_.empty() || under_way_ > 0) {
    advance(std::chrono::milliseconds(10), on_heard);
    if (!first_error_.empty()) return std::unexpected(first_error_);
    if (now() > give_up)
      return std::unexpected("only " + std::to_string(attached_) + " clients are attached, and time is over");
  }
  return {};
}

void Crowd::begin_waiting(base::TimePoint now) {
  // Whoever fails at once waits again, for the next turn.
  for (size_t left = waiting_.size(); left > 0 && under_way_ < site_.window; --left) {
    const uint32_t client = waiting_.front();
    waiting_.pop_front();
    auto& member = *members_[client];
    if (!comes_back_) member.began = now;
    member.under_way = true;
    ++under_way_;
    begin(client);
  }
}

void Crowd::begin(uint32_t client) {
  auto& member = *members_[client];
  const std::string_view token =
      site_.wire.dialect == Dialect::kIcebox ? std::string_view(site_.tokens[client]) : std::string_view();
  auto request = upgrade_request(site_.server, site_.wire.request_target(client, member.resume), token);
  if (!member.connection.open(site_.server, source_of(client), std::move(request)))
    return handle_failure(client);
  poller_.add_edges(member.connection.fd(), client);
}

void Crowd::advance(std::chrono::milliseconds timeout, const OnHeard& on_heard) {
  if (!waiting_.empty()) begin_waiting(now());
  for (const auto client : poller_.wait(timeout)) {
    auto& connection = members_[client]->connection;
    connection.on_ready(scratch_, [&](std::string_view text) { handle_text(client, text, on_heard); });
    if (connection.has_failed()) handle_failure(client);
  }
}

void Crowd::handle_text(uint32_t client, std::string_view text, const OnHeard& on_heard) {
  auto& member = *members_[client];
  const auto heard = read_text(site_.wire.dialect, text);
  if (heard.kind == Heard::Kind::kWelcome) handle_welcome(member, heard);
  if (heard.n > 0 && member.resume) member.resume->last_n = heard.n;
  on_heard(client, heard, text);
}

void Crowd::handle_welcome(Member& member, const Heard& heard) {
  if (member.attached) return;
  if (!heard.resumed) member.resume = ResumePoint{std::string(heard.session), 0};
  resumed_ += heard.resumed;
  member.attached = true;
  member.under_way = false;
  --under_way_;
  ++attached_;
  attaching_.record(now() - member.began);
}

void Crowd::handle_failure(uint32_t client) {
  auto& member = *members_[client];
  if (member.attached) {
    ++disconnected_;
    --attached_;
    member.attached = false;
  } else if (member.under_way) {
    member.under_way = false;
    --under_way_;
    if (comes_back_) {
      ++retries_;
      waiting_.push_back(client);
    }
  }
  if (first_error_.empty())
    first_error_ = "client " + std::to_string(client) + ": " + member.connection.error();
  member.connection.cut();
}

void Crowd::cut_all() {
  comes_back_ = true;
  attaching_ = {};
  const auto at = now();
  for (uint32_t client = 0; client < members_.size(); ++client) {
    auto& member = *members_[client];
    if (!member.attached) continue;
    member.connection.cut();
    member.attached = false;
    member.began = at;
    waiting_.push_back(client);
  }
  attached_ = 0;
}

bool Crowd::send(uint32_t client, std::string_view text) {
  auto& member = *members_[client];
  return member.attached && member.connection.send(text);
}

}  // namespace bench::generator::hub
