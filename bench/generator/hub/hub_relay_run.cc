#include "bench/generator/hub/hub_relay_run.h"

#include <algorithm>
#include <numeric>
#include <random>
#include <thread>

#include "bench/generator/hub/crowd.h"
#include "bench/generator/hub/text_stamp.h"
#include "bench/generator/schedule.h"
#include "net/system_clock.h"

namespace bench::generator::hub {
namespace {

constexpr std::chrono::seconds kAttachWithin{60};
// The server finishes with presence and the like before anybody looks at the clock.
constexpr std::chrono::milliseconds kSettle{500};
// Nothing more comes after a silence of this length.
constexpr std::chrono::milliseconds kSilence{1000};
// Behind schedule it still reads now and then.
constexpr int kMessagesBetweenReads = 16;

base::TimePoint now() { return net::read_clocks().steady; }

// One run of traffic over a crowd that is attached.
class Mail {
 public:
  Mail(Crowd& crowd, const HubSite& site, const HubRelayOptions& options)
      : crowd_(crowd), letters_(site.wire, options.clients, options.payload_bytes), order_(options.clients) {
    std::iota(order_.begin(), order_.end(), 0);
    std::ranges::shuffle(order_, std::mt19937_64(options.seed));
  }

  HubRelayResult run(std::chrono::milliseconds duration, uint32_t messages_per_second);

 private:
  void send_due(Schedule& schedule, base::TimePoint at);
  void drain();
  void advance(std::chrono::milliseconds timeout);

  Crowd& crowd_;
  Letters letters_;
  std::vector<uint32_t> order_;  // of senders
  HubRelayResult result_;
};

void Mail::send_due(Schedule& schedule, base::TimePoint at) {
  for (int i = 0; i < kMessagesBetweenReads && !schedule.is_over() && schedule.due() <= at; ++i) {
    const auto intended = schedule.due();
    const uint32_t client = order_[schedule.begun() % order_.size()];
    const auto text = letters_.write(client, letters_.next_sequence(client), intended, std::nullopt);
    result_.sent += crowd_.send(client, text);
    result_.lag.record(at - intended);
    schedule.advance();
  }
}

void Mail::advance(std::chrono::milliseconds timeout) {
  crowd_.advance(timeout, [this](uint32_t client, const Heard& heard, std::string_view text) {
    if (heard.kind == Heard::Kind::kRelayed) return letters_.count(client, text, now());
    if (heard.kind != Heard::Kind::kRefusal) return;
    if (result_.refused++ == 0) result_.first_error = text;
  });
}

void Mail::drain() {
  auto silent_since = now();
  for (uint64_t before = letters_.received(); letters_.received() < result_.sent;
       before = letters_.received()) {
    if (now() - silent_since > kSilence) return;
    advance(std::chrono::milliseconds(10));
    if (letters_.received() != before) silent_since = now();
  }
}

HubRelayResult Mail::run(std::chrono::milliseconds duration, uint32_t messages_per_second) {
  const auto start = now();
  Schedule schedule(start, start + duration, messages_per_second);
  while (!schedule.is_over()) {
    send_due(schedule, now());
    advance(std::chrono::milliseconds(0));
  }
  result_.clients = crowd_.size();
  result_.duration = now() - start;
  drain();
  result_.sums = letters_.sums();
  result_.latency = letters_.latency();
  result_.disconnected = crowd_.disconnected();
  if (result_.first_error.empty()) result_.first_error = crowd_.first_error();
  return result_;
}

std::string problem_of(const HubSite& site, const HubRelayOptions& options) {
  if (auto problem = site.problem(options.clients); !problem.empty()) return problem;
  if (options.payload_bytes < kTextStampBytes || options.payload_bytes > 60'000)
    return "payload: from " + std::to_string(kTextStampBytes) + " to 60000 octets";
  if (options.messages_per_second < 1) return "rate: at least one message a second";
  return {};
}

}  // namespace

std::expected<HubRelayResult, std::string> run_hub_relay(const HubSite& site,
                                                         const HubRelayOptions& options) {
  if (auto problem = problem_of(site, options); !problem.empty()) return std::unexpected(std::move(problem));
  Crowd crowd(site, options.clients);
  const auto ignore = [](uint32_t, const Heard&, std::string_view) {};
  const auto clients = static_cast<uint32_t>(options.clients);
  if (auto ready = crowd.attach(0, clients, now() + kAttachWithin, ignore); !ready)
    return std::unexpected(ready.error());
  if (options.warm_up.count() > 0)
    (void)Mail(crowd, site, options).run(options.warm_up, options.messages_per_second);
  for (const auto end = now() + kSettle; now() < end;) crowd.advance(std::chrono::milliseconds(10), ignore);
  const Watch watch(site.watched);
  auto result = Mail(crowd, site, options).run(options.duration, options.messages_per_second);
  result.server = watch.finish();
  return result;
}

}  // namespace bench::generator::hub
