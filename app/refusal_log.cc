#include "app/refusal_log.h"

#include <utility>

#include "net/event_loop.h"

namespace app {
namespace {

constexpr size_t kWaiting = 2 * RefusalLog::kPerSecond;

using relay::Reject;

// What an operator would change to let it pass; empty where that is not of this server's configuration.
std::string_view key_of(Reject reason) {
  switch (reason) {
    case Reject::kUserQuota:
      return "relay.allocations_per_user";
    case Reject::kSourceQuota:
      return "relay.allocations_per_source";
    case Reject::kServerQuota:
      return "relay.allocations";
    case Reject::kNoCapacity:
      return "relay.ports";
    case Reject::kNoAddress:
      return "relay.addresses";
    case Reject::kForbiddenPeer:
    case Reject::kOwnService:
      return "relay.allow_peers";
    case Reject::kUnsignalledPeer:
      return "signaling.strict_permissions";
    case Reject::kUnsupportedTransport:
      return "relay.tcp_relay";
    case Reject::kWrongRealm:
      return "realm";
    default:
      return "";
  }
}

// The fields that log readers look for come first, where nothing that a client sent can stand before them.
std::vector<LogField> fields_of(const Refusal& refusal) {
  std::vector<LogField> fields;
  if (!refusal.client.empty()) fields.emplace_back("client", refusal.client);
  fields.emplace_back("code", refusal.code);
  if (!refusal.who.empty()) fields.emplace_back("user", refusal.who);
  fields.emplace_back("reason", refusal.reason);
  if (!refusal.key.empty()) fields.emplace_back("key", refusal.key);
  return fields;
}

// Of valid UTF-8 no half character stays.
std::string cut(std::string_view text, size_t bytes) {
  if (text.size() <= bytes) return std::string(text);
  while (bytes > 0 && (static_cast<uint8_t>(text[bytes]) & 0xc0) == 0x80) --bytes;
  return std::string(text.substr(0, bytes)) + "...";
}

}  // namespace

std::vector<std::vector<LogField>> lines_of(const RefusalSums::Taken& taken) {
  std::vector<std::vector<LogField>> lines;
  uint64_t others = taken.others;
  for (const auto& sum : taken.sums) {
    if (lines.size() == RefusalLog::kLines) {
      others += sum.times;
      continue;
    }
    lines.push_back(fields_of(sum.refusal));
    lines.back().emplace_back("times", sum.times);
  }
  if (others > 0) lines.push_back({{"others", others}});
  return lines;
}

RefusalLog::RefusalLog(net::EventLoop& loop, Log& log)
    : loop_(loop),
      log_(log),
      timer_(loop, [this] { tell(); }),
      mailbox_(loop, kWaiting, [this](Refusal&& refusal) { receive(std::move(refusal)); }) {}

bool RefusalLog::admit(base::TokenBucket& budget, base::TimePoint now) {
  if (!log_.is_on(LogLevel::kInfo)) return false;
  const std::lock_guard lock(mutex_);
  if (budget.take(now, 1, kPerSecond, kPerSecond)) return true;
  passed_over_.fetch_add(1, std::memory_order_relaxed);
  return false;
}

void RefusalLog::note(const relay::RefusedRequest& refused) {
  if (!admit(refused.is_proven ? budget_ : forgeable_budget_, refused.now)) return;
  Refusal refusal{.who = {},
                  .client = {},
                  .reason = relay::label_of(refused.reason),
                  .code = refused.code,
                  .key = key_of(refused.reason)};
  if (refused.is_proven) {
    refusal.who = cut(refused.user, kUserBytes);
    refusal.client = refused.client.ip.to_string();
  }
  pass_on(std::move(refusal));
}

void RefusalLog::note(base::TimePoint now, Refusal refusal) {
  if (!admit(budget_, now)) return;
  refusal.reason = cut(refusal.reason, kReasonBytes);
  pass_on(std::move(refusal));
}

void RefusalLog::pass_on(Refusal refusal) {
  if (!mailbox_.push(std::move(refusal))) passed_over_.fetch_add(1, std::memory_order_relaxed);
}

void RefusalLog::receive(Refusal&& refusal) {
  if (log_.is_on(LogLevel::kDebug)) log_.write(LogLevel::kDebug, "refused", fields_of(refusal));
  (refusal.client.empty() ? forgeable_sums_ : sums_).add(std::move(refusal));
  if (!timer_.deadline()) timer_.arm(loop_.steady_now() + kPeriod);
}

void RefusalLog::tell() {
  auto taken = sums_.take();
  taken.others += passed_over_.exchange(0, std::memory_order_relaxed);
  for (const auto& line : lines_of(taken)) log_.write(LogLevel::kInfo, "refusals", line);
  for (const auto& line : lines_of(forgeable_sums_.take()))
    log_.write(LogLevel::kInfo, "unproven_refusals", line);
}

void RefusalLog::finish() {
  mailbox_.deliver();
  tell();
}

}  // namespace app
