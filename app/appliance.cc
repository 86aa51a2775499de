#include "app/appliance.h"

#include <algorithm>
#include <chrono>
#include <set>

#include "app/domain_name.h"
#include "app/hub/service.h"
#include "app/hub_options.h"
#include "app/options_of.h"
#include "app/page_url.h"
#include "app/peer_policy_of.h"
#include "app/signaling_pace.h"
#include "net/system_clock.h"
#include "storage/meta.h"

namespace app {
namespace {

relay::worker::WorkerOptions worker_options(const Config& config, size_t index) {
  relay::worker::WorkerOptions options;
  options.index = static_cast<relay::worker::WorkerIndex>(index);
  options.workers = static_cast<relay::worker::WorkerIndex>(worker_count(config));
  options.server = server_options(config);
  options.streams.first_frame_timeout = config.limits.first_message_deadline;
  options.streams.unauthenticated_lifetime = config.limits.unauthenticated_deadline;
  options.dtls.handshake_timeout = config.limits.handshake_deadline;
  options.dtls.unauthenticated_lifetime = config.limits.unauthenticated_deadline;
  options.dtls.limits = dtls_limits(config);
  return options;
}

// How long clients have to hear that the server ends.
constexpr std::chrono::seconds kFarewell{1};

std::string key_text(std::string_view key, const std::string& text) { return std::string(key) + ": " + text; }

}  // namespace

Appliance::Appliance(LoadedConfig loaded, HostFacts facts, Log& log)
    : loaded_(std::move(loaded)),
      facts_(std::move(facts)),
      log_(log),
      session_log_(loop_, log),
      limiter_(connection_limits(loaded_.config), {random_.word<uint64_t>(), random_.word<uint64_t>()}),
      streams_(loop_),
      database_timer_(loop_, [this] { watch_database(); }),
      load_warnings_(*this, log, session_log_),
      host_watch_(loop_, facts_, [this](HostFacts now) { follow_host(std::move(now)); }),
      certificate_watch_(loop_, [this] { take_new_certificate(); }) {
  loop_.set_pace(kSignalingPace);
}

Appliance::~Appliance() {
  for (auto& worker : workers_) worker->stop();
  threads_.clear();  // joins: from here on this thread is the only one
  stream_listeners_.clear();
  rings_.clear();
  workers_.clear();  // their sessions end
  session_log_.finish();
  if (usage_) usage_->flush();
}

std::expected<std::unique_ptr<Appliance>, std::string> Appliance::start(LoadedConfig loaded, HostFacts facts,
                                                                        Log& log) {
  std::unique_ptr<Appliance> appliance(new Appliance(std::move(loaded), std::move(facts), log));
  for (const auto step : {&Appliance::open_data_dir, &Appliance::open_certificate, &Appliance::open_workers,
                          &Appliance::open_http, &Appliance::open_listeners}) {
    if (auto outcome = (appliance.get()->*step)(); !outcome) return std::unexpected(outcome.error());
  }
  return appliance;
}

Appliance::Outcome Appliance::open_data_dir() {
  auto store = storage::Store::open(config().data_dir);
  if (!store) return std::unexpected(store.error().text);
  store_ = std::move(*store);
  usage_.emplace(loop_, *store_, log_);
  session_log_.listen([this](const SessionEvent& event) { usage_->note(event); });
  const auto secret = load_or_make_secret(config().data_dir, random_);
  if (!secret) return std::unexpected(secret.error());
  auto auth = make_auth_settings(config(), *secret);
  if (!auth) return std::unexpected(auth.error());
  auth_ = *auth;

  std::array<uint8_t, 16> proposal;
  random_.fill(proposal);
  storage::Result<std::vector<uint8_t>> key{};
  const auto outcome = store_
                           ->submit([&](storage::Connection& connection) -> storage::Outcome {
                             key = storage::get_or_put_meta(connection, "nonce_key", proposal);
                             return key ? storage::Outcome{} : std::unexpected(key.error());
                           })
                           .get();
  if (!outcome) return std::unexpected(outcome.error().text);
  if (key->size() != proposal.size())
    return std::unexpected("the database's nonce_key is damaged; restore a backup");
  nonce_key_ = {base::load_be64(key->data()), base::load_be64(key->data() + 8)};
  return {};
}

std::expected<net::Certificate, std::string> Appliance::load_certificate() const {
  const auto& tls = config().tls;
  if (!tls.certificate.empty()) {
    auto loaded = net::Certificate::load(tls.certificate, tls.key);
    if (!loaded) return std::unexpected(key_text("tls.certificate", loaded.error()));
    return loaded;
  }
  net::SelfSignedRequest request;
  request.common_name = effective_realm(config());
  request.now = loop_.now().wall;
  for (const auto& address : relay_addresses(config(), facts_))
    request.addresses.push_back(address.advertised);
  return net::Certificate::load_or_make_self_signed(config().data_dir, request);
}

Appliance::Outcome Appliance::open_certificate() {
  certificate_watch_.follow(config().tls);  // first: what changes from now on is seen
  auto certificate = load_certificate();
  if (!certificate) return std::unexpected(certificate.error());
  certificate_ = std::move(*certificate);
  return {};
}

std::shared_ptr<const relay::PeerPolicy> Appliance::make_policy(const Config& config) const {
  return std::make_shared<const relay::PeerPolicy>(
      peer_policy_options(config, facts_, ports_ ? ports_->use() : std::vector<relay::worker::PortUse>()));
}

Appliance::Outcome Appliance::open_workers() {
  policy_ = make_policy(config());
  ports_ = std::make_unique<relay::worker::SharedPorts>(present_relay_addresses(config(), facts_),
                                                        config().relay.ports.low, config().relay.ports.high);
  quotas_ = std::make_unique<relay::worker::SharedQuotas>(quota_options(config()));
  transactions_ = std::make_unique<relay::worker::SharedTransactions>(
      base::SipHashKey{random_.word<uint64_t>(), random_.word<uint64_t>()});
  auto dtls = net::DtlsContext::create(*certificate_);
  if (!dtls) return std::unexpected(dtls.error());
  const base::SipHashKey cookie_key{random_.word<uint64_t>(), random_.word<uint64_t>()};
  const stun::NonceKey nonces(nonce_key_, std::chrono::hours(1));
  for (size_t i = 0; i < worker_count(config()); ++i) {
    auto credentials = std::make_unique<UserCredentials>(auth_, store_->users(), store_->peers());
    credentials_.push_back(credentials.get());
    auto options = worker_options(config(), i);
    options.dtls_context = *dtls;
    options.dtls.cookie_key = cookie_key;
    workers_.push_back(std::make_unique<relay::worker::Worker>(
        options, relay::worker::Shared{*ports_, *quotas_, *transactions_}, policy_, std::move(credentials),
        nonces));
    workers_.back()->observe(session_log_);
    workers_.back()->guard(signalled_);
  }
  for (const auto& consumer : workers_) {
    for (const auto& producer : workers_) {
      if (producer == consumer) continue;
      rings_.push_back(consumer->make_ring());
      producer->connect_ring(consumer->index(), rings_.back().get());
      producer->connect_worker(*consumer);
    }
  }
  return {};
}

// SO_REUSEPORT would let a second icebox of the same user share the port in silence: ask for it alone first.
Appliance::Outcome Appliance::open_udp(const Listener& listener) {
  net::UdpOptions alone;
  alone.v6_only = !takes_both_families(listener, config().listen);
  base::Endpoint endpoint;
  {
    const auto probe = net::UdpSocket::open(listener.endpoint, alone);
    if (!probe) return std::unexpected(probe.error().text);
    endpoint = probe->local();
  }
  for (const auto& worker : workers_) {
    const auto bound = worker->open_udp(endpoint, alone.v6_only);
    if (!bound) return std::unexpected(bound.error().text);
  }
  opened_.push_back({listener, endpoint});
  return {};
}

Appliance::Outcome Appliance::open_stream(const Listener& listener) {
  net::OnePortOptions options;
  options.endpoint = listener.endpoint;
  options.v6_only = !takes_both_families(listener, config().listen);
  options.tls_required = listener.scheme == Scheme::kTls;
  options.proxies = config().limits.proxy_protocol_from;
  options.handshake_timeout = config().limits.handshake_deadline;
  auto tls = net::TlsContext::create(*certificate_);
  if (!tls) return std::unexpected(tls.error());
  auto opened = net::OnePortListener::open(streams_, options, std::move(*tls), limiter_, *this);
  if (!opened) return std::unexpected(opened.error().text);
  opened_.push_back({listener, (*opened)->local()});
  stream_listeners_.push_back(std::move(*opened));
  return {};
}

// One row for each family that clients may come by.
void Appliance::note_listening(const Listener& listener, const base::Endpoint& bound) {
  std::set<base::IpAddress> advertised{advertised_address(config(), facts_, bound.ip)};
  if (takes_both_families(listener, config().listen)) {
    advertised.insert(advertised_address(config(), facts_, base::IpAddress{}));
  }
  for (const auto& address : advertised) {
    if (address.is_unspecified() && advertised.size() > 1) continue;
    listening_.push_back(
        {listener.scheme, bound, {address, bound.port}, domain_name(config(), certificate_)});
  }
}

void Appliance::advertise() {
  listening_.clear();
  for (const auto& [listener, bound] : opened_) note_listening(listener, bound);
  signaling_->change_options(hub_options(*this));
  http_->change_options();
}

Appliance::Outcome Appliance::open_http() {
  http_ = std::make_unique<HttpService>(*this, streams_, limiter_,
                                        base::SipHashKey{random_.word<uint64_t>(), random_.word<uint64_t>()});
  signaling_ = std::make_unique<hub::Service>(loop_, streams_, *store_, signalled_, hub_options(*this));
  signaling_->add_routes(http_->router());
  signaling_->on_peers_gone([this](const std::vector<int64_t>& peers) { end_sessions_of_peers(peers); });
  signaling_->on_guessed([this](const hub::OtpGuess& guess) {
    log_.warn("one_time_passwords_guessed", {{"user", guess.user_name},
                                             {"peer", guess.peer_name},
                                             {"client", guess.source},
                                             {"failures", guess.failures},
                                             {"removed", guess.is_removed}});
  });
  return http_->open_metrics();
}

Appliance::Outcome Appliance::open_listeners() {
  for (const auto& listener : config().listen) {
    auto outcome = listener.scheme == Scheme::kUdp ? open_udp(listener) : open_stream(listener);
    if (!outcome) return outcome;
  }
  advertise();  // now that ports are known
  return {};
}

std::expected<std::string, std::string> Appliance::url() const {
  Config now = config();
  now.listen.clear();
  for (const auto& listening : listening_) now.listen.push_back({listening.scheme, listening.bound});
  return page_url(now, facts_);
}

void Appliance::start_threads() {
  for (const auto& worker : workers_) threads_.emplace_back([&worker = *worker] { worker.run(); });
}

void Appliance::run() {
  start_threads();
  known_users_ = {auth_, store_->users().load()};
  watch_database();
  load_warnings_.start();
  loop_.run();
  signaling_->end();
  loop_.run_until(loop_.steady_now() + kFarewell, [this] { return signaling_->connections() == 0; });
}

void Appliance::stop() { loop_.stop(); }

void Appliance::drain() {
  draining_ = true;
  signaling_->drain();
  log_.info("drain", {{"allocations", quotas_->in_all()}});
  for (const auto& worker : workers_) worker->post([](relay::worker::Worker& w) { w.server().drain(); });
}

void Appliance::on_turn(net::Accepted connection) {
  workers_[next_worker_++ % workers_.size()]->adopt(std::move(connection));
}

void Appliance::on_ice_tcp(net::Accepted) {}  // no endpoint of our own yet: closed

void Appliance::on_http(net::Accepted connection) { http_->serve(std::move(connection)); }

}  // namespace app
