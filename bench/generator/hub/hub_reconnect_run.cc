#include "bench/generator/hub/hub_reconnect_run.h"

#include <algorithm>
#include <deque>
#include <numeric>
#include <random>
#include <utility>

#include "bench/generator/hub/crowd.h"
#include "bench/generator/hub/text_stamp.h"
#include "bench/generator/schedule.h"
#include "net/system_clock.h"

namespace bench::generator::hub {
namespace {

constexpr std::chrono::milliseconds kSilence{2000};
constexpr int kMessagesBetweenReads = 16;

base::TimePoint now() { return net::read_clocks().steady; }

class Storm {
 public:
  Storm(const HubSite& site, const HubReconnectOptions& options)
      : site_(site),
        options_(options),
        crowd_(site, options.clients),
        letters_(site.wire, options.clients, options.payload_bytes),
        unaccepted_(options.clients),
        order_(options.clients) {
    std::iota(order_.begin(), order_.end(), 0);
    std::ranges::shuffle(order_, std::mt19937_64(options.seed));
  }

  [[nodiscard]] std::expected<HubReconnectResult, std::string> run();

 private:
  // A message that the server has not yet said it took. Its id is one more than its sequence number.
  struct Unaccepted {
    uint64_t sequence;
    base::TimePoint intended;
  };

  void advance(std::chrono::milliseconds timeout);
  void send_due(base::TimePoint at);
  void send(uint32_t client, const Unaccepted& message);
  void hear(uint32_t client, const Heard& heard, std::string_view text);
  void accept(uint32_t client, uint64_t id);
  void wait_until_attached(base::TimePoint cut);
  void drain();
  [[nodiscard]] uint64_t unaccepted() const;

  const HubSite& site_;
  const HubReconnectOptions& options_;
  Crowd crowd_;
  Letters letters_;
  std::vector<std::deque<Unaccepted>> unaccepted_;
  std::vector<uint32_t> order_;  // of senders
  std::optional<Schedule> schedule_;
  HubReconnectResult result_;
};

void Storm::send(uint32_t client, const Unaccepted& message) {
  crowd_.send(client, letters_.write(client, message.sequence, message.intended, message.sequence + 1));
}

// Whoever is not attached keeps its message until it is.
void Storm::send_due(base::TimePoint at) {
  for (int i = 0; i < kMessagesBetweenReads && !schedule_->is_over() && schedule_->due() <= at; ++i) {
    const uint32_t client = order_[schedule_->begun() % order_.size()];
    unaccepted_[client].push_back({letters_.next_sequence(client), schedule_->due()});
    send(client, unaccepted_[client].back());
    ++result_.sent;
    schedule_->advance();
  }
}

void Storm::accept(uint32_t client, uint64_t id) {
  std::erase_if(unaccepted_[client], [&](const Unaccepted& message) { return message.sequence + 1 == id; });
}

void Storm::hear(uint32_t client, const Heard& heard, std::string_view text) {
  switch (heard.kind) {
    case Heard::Kind::kRelayed:
      letters_.count(client, text, now());
      crowd_.send(client, confirmation(heard.n));
      return;
    case Heard::Kind::kAccepted:
      return accept(client, heard.id);
    case Heard::Kind::kWelcome:
      for (const auto& message : unaccepted_[client]) send(client, message);
      result_.sent_again += unaccepted_[client].size();
      return;
    case Heard::Kind::kRefusal:
      if (result_.refused++ == 0) result_.first_error = text;
      return;
    case Heard::Kind::kNotice:
      return;
  }
}

void Storm::advance(std::chrono::milliseconds timeout) {
  if (schedule_) send_due(now());
  crowd_.advance(timeout, [this](uint32_t client, const Heard& heard, std::string_view text) {
    hear(client, heard, text);
  });
}

void Storm::wait_until_attached(base::TimePoint cut) {
  const Watch watch(site_.watched);
  while (crowd_.attached() < crowd_.size() && now() < cut + options_.give_up)
    advance(std::chrono::milliseconds(0));
  if (crowd_.attached() == crowd_.size()) result_.all_attached = now() - cut;
  result_.server = watch.finish();
}

uint64_t Storm::unaccepted() const {
  uint64_t sum = 0;
  for (const auto& messages : unaccepted_) sum += messages.size();
  return sum;
}

// Until everything has come out and has its receipt, or nothing happens any more.
void Storm::drain() {
  auto quiet_since = now();
  for (auto before = unaccepted() + letters_.received();
       unaccepted() > 0 || letters_.received() < result_.sent;) {
    if (now() - quiet_since > kSilence) return;
    advance(std::chrono::milliseconds(10));
    const auto after = unaccepted() + letters_.received();
    if (std::exchange(before, after) != after) quiet_since = now();
  }
}

std::expected<HubReconnectResult, std::string> Storm::run() {
  const auto clients = static_cast<uint32_t>(options_.clients);
  const auto hear_all = [this](uint32_t client, const Heard& heard, std::string_view text) {
    hear(client, heard, text);
  };
  if (auto all = crowd_.attach(0, clients, now() + options_.give_up, hear_all); !all)
    return std::unexpected(all.error());
  const auto start = now();
  schedule_.emplace(start, start + options_.before + options_.after, options_.messages_per_second);
  while (now() < start + options_.before) advance(std::chrono::milliseconds(0));
  const auto cut = now();
  crowd_.cut_all();
  wait_until_attached(cut);
  while (!schedule_->is_over()) advance(std::chrono::milliseconds(0));
  drain();
  result_.clients = crowd_.size();
  result_.attached = crowd_.attached();
  result_.attaching = crowd_.attaching();
  result_.resumed = crowd_.resumed();
  result_.retries = crowd_.retries();
  result_.unaccepted = unaccepted();
  result_.sums = letters_.sums();
  result_.latency = letters_.latency();
  if (result_.first_error.empty()) result_.first_error = crowd_.first_error();
  return result_;
}

std::string problem_of(const HubSite& site, const HubReconnectOptions& options) {
  if (auto problem = site.problem(options.clients); !problem.empty()) return problem;
  if (site.wire.dialect != Dialect::kIcebox || !site.wire.confirms)
    return "reconnecting: of the icebox dialect with confirmation, for others have no sessions to resume";
  if (options.payload_bytes < kTextStampBytes || options.payload_bytes > 60'000)
    return "payload: from " + std::to_string(kTextStampBytes) + " to 60000 octets";
  if (options.messages_per_second < 1) return "rate: at least one message a second";
  return {};
}

}  // namespace

std::expected<HubReconnectResult, std::string> run_hub_reconnect(const HubSite& site,
                                                                 const HubReconnectOptions& options) {
  if (auto problem = problem_of(site, options); !problem.empty()) return std::unexpected(std::move(problem));
  return Storm(site, options).run();
}

}  // namespace bench::generator::hub
