#include "app/appliance.h"

#include <algorithm>
#include <cerrno>

#include "app/config_reload.h"
#include "app/peer_policy_of.h"
#include "net/system_clock.h"
#include "storage/meta.h"

namespace app {
namespace {

// How soon a user added by another process is known here.
constexpr std::chrono::milliseconds kDatabaseLook{200};

using relay::worker::Worker;

relay::ServerOptions server_options(const Config& config) {
  relay::ServerOptions options;
  options.realm = effective_realm(config);
  options.max_lifetime = config.relay.max_lifetime;
  options.bits_per_second_per_allocation = config.relay.bits_per_second_per_allocation;
  options.unauthenticated_replies_per_second = config.limits.unauthenticated_replies_per_second;
  options.tcp_relay = false;  // RFC 6062 is not built in yet; self_check says so where it is asked for
  options.rfc5766_channel_numbers = config.relay.rfc5766_channel_numbers;
  return options;
}

relay::QuotaOptions quota_options(const Config& config) {
  return {config.relay.allocations_per_user, config.relay.allocations_per_source, config.relay.allocations};
}

net::ConnectionLimits connection_limits(const Config& config) {
  return {config.limits.connections_per_source, config.limits.connections};
}

relay::worker::WorkerOptions worker_options(const Config& config, size_t index) {
  relay::worker::WorkerOptions options;
  options.index = static_cast<relay::worker::WorkerIndex>(index);
  options.server = server_options(config);
  options.streams.first_frame_timeout = config.limits.first_message_deadline;
  options.streams.unauthenticated_lifetime = config.limits.unauthenticated_deadline;
  options.dtls.handshake_timeout = config.limits.handshake_deadline;
  options.dtls.idle_timeout = config.limits.unauthenticated_deadline;
  return options;
}

size_t worker_count(const Config& config) {
  return config.workers != 0 ? config.workers : std::max(1u, std::thread::hardware_concurrency());
}

std::string key_text(std::string_view key, const std::string& text) { return std::string(key) + ": " + text; }

}  // namespace

Appliance::Appliance(LoadedConfig loaded, HostFacts facts)
    : loaded_(std::move(loaded)),
      facts_(std::move(facts)),
      limiter_(connection_limits(loaded_.config), {random_.word<uint64_t>(), random_.word<uint64_t>()}),
      streams_(loop_),
      database_timer_(loop_, [this] { watch_database(); }) {}

Appliance::~Appliance() {
  for (auto& worker : workers_) worker->stop();
  threads_.clear();  // joins: from here on this thread is the only one
  stream_listeners_.clear();
  rings_.clear();
}

std::expected<std::unique_ptr<Appliance>, std::string> Appliance::start(LoadedConfig loaded,
                                                                        HostFacts facts) {
  std::unique_ptr<Appliance> appliance(new Appliance(std::move(loaded), std::move(facts)));
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

Appliance::Outcome Appliance::open_certificate() {
  const auto& tls = config().tls;
  if (!tls.certificate.empty()) {
    auto loaded = net::Certificate::load(tls.certificate, tls.key);
    if (!loaded) return std::unexpected(key_text("tls.certificate", loaded.error()));
    certificate_ = std::move(*loaded);
    return {};
  }
  net::SelfSignedRequest request;
  request.common_name = effective_realm(config());
  request.now = loop_.now().wall;
  for (const auto& address : relay_addresses(config(), facts_))
    request.addresses.push_back(address.advertised);
  auto made = net::Certificate::load_or_make_self_signed(config().data_dir, request);
  if (!made) return std::unexpected(made.error());
  certificate_ = std::move(*made);
  return {};
}

std::shared_ptr<const relay::PeerPolicy> Appliance::make_policy(const Config& config) const {
  return std::make_shared<const relay::PeerPolicy>(peer_policy_options(config, facts_));
}

Appliance::Outcome Appliance::open_workers() {
  policy_ = make_policy(config());
  ports_ = std::make_unique<relay::worker::SharedPorts>(relay_addresses(config(), facts_),
                                                        config().relay.ports.low, config().relay.ports.high);
  quotas_ = std::make_unique<relay::worker::SharedQuotas>(quota_options(config()));
  auto dtls = net::DtlsContext::create(*certificate_);
  if (!dtls) return std::unexpected(dtls.error());
  const base::SipHashKey cookie_key{random_.word<uint64_t>(), random_.word<uint64_t>()};
  const stun::NonceKey nonces(nonce_key_, std::chrono::hours(1));
  for (size_t i = 0; i < worker_count(config()); ++i) {
    auto credentials = std::make_unique<UserCredentials>(auth_, store_->users());
    credentials_.push_back(credentials.get());
    auto options = worker_options(config(), i);
    options.dtls_context = *dtls;
    options.dtls.cookie_key = cookie_key;
    workers_.push_back(std::make_unique<relay::worker::Worker>(
        options, relay::worker::Shared{*ports_, *quotas_}, policy_, std::move(credentials), nonces));
  }
  for (const auto& consumer : workers_) {
    for (const auto& producer : workers_) {
      if (producer == consumer) continue;
      rings_.push_back(consumer->make_ring());
      producer->connect_ring(consumer->index(), rings_.back().get());
    }
  }
  return {};
}

// SO_REUSEPORT would let a second icebox of the same user share the port in silence: ask for it alone first.
Appliance::Outcome Appliance::open_udp(const Listener& listener) {
  net::UdpOptions alone;
  alone.v6_only = !listener.endpoint.ip.is_unspecified();
  base::Endpoint endpoint;
  {
    const auto probe = net::UdpSocket::open(listener.endpoint, alone);
    if (!probe) return std::unexpected(probe.error().text);
    endpoint = probe->local();
  }
  for (const auto& worker : workers_) {
    const auto bound = worker->open_udp(endpoint);
    if (!bound) return std::unexpected(bound.error().text);
  }
  listening_.push_back(
      {listener.scheme, endpoint, {advertised_address(config(), facts_, endpoint.ip), endpoint.port}});
  return {};
}

Appliance::Outcome Appliance::open_stream(const Listener& listener) {
  net::OnePortOptions options;
  options.endpoint = listener.endpoint;
  options.tls_required = listener.scheme == Scheme::kTls;
  options.proxies = config().limits.proxy_protocol_from;
  options.handshake_timeout = config().limits.handshake_deadline;
  auto tls = net::TlsContext::create(*certificate_);
  if (!tls) return std::unexpected(tls.error());
  auto opened = net::OnePortListener::open(streams_, options, std::move(*tls), limiter_, *this);
  if (!opened) return std::unexpected(opened.error().text);
  const auto bound = (*opened)->local();
  listening_.push_back(
      {listener.scheme, bound, {advertised_address(config(), facts_, bound.ip), bound.port}});
  stream_listeners_.push_back(std::move(*opened));
  return {};
}

Appliance::Outcome Appliance::open_http() {
  http_ = std::make_unique<HttpService>(*this, streams_,
                                        base::SipHashKey{random_.word<uint64_t>(), random_.word<uint64_t>()});
  return http_->open_metrics();
}

Appliance::Outcome Appliance::open_listeners() {
  for (const auto& listener : config().listen) {
    auto outcome = listener.scheme == Scheme::kUdp ? open_udp(listener) : open_stream(listener);
    if (!outcome) return outcome;
  }
  return {};
}

void Appliance::start_threads() {
  for (const auto& worker : workers_) threads_.emplace_back([&worker = *worker] { worker.run(); });
}

void Appliance::watch_database() {
  (void)store_->refresh_if_changed();  // an error leaves the last good users and is tried again
  database_timer_.arm(loop_.now().steady + kDatabaseLook);
}

void Appliance::run() {
  start_threads();
  watch_database();
  loop_.run();
}

void Appliance::stop() { loop_.stop(); }

void Appliance::drain() {
  draining_ = true;
  for (const auto& worker : workers_) worker->post([](relay::worker::Worker& w) { w.server().drain(); });
}

std::expected<std::vector<std::string>, std::string> Appliance::reload(LoadedConfig loaded) {
  std::vector<std::string> lines;
  for (const auto& change : diff_for_reload(config(), loaded.config)) lines.push_back(to_string(change));
  const Config before = config();
  loaded.config = after_reload(before, loaded.config);
  loaded_.config = loaded.config;  // what is opened below reads config()
  if (auto outcome = reopen(); !outcome) {
    loaded_.config = before;
    return std::unexpected(outcome.error());
  }
  loaded_.origins = std::move(loaded.origins);
  apply();
  return lines;
}

// What may fail: nothing has changed then.
Appliance::Outcome Appliance::reopen() {
  const auto secret = load_or_make_secret(config().data_dir, random_);
  if (!secret) return std::unexpected(secret.error());
  auto auth = make_auth_settings(config(), *secret);
  if (!auth) return std::unexpected(auth.error());
  if (auto outcome = open_certificate(); !outcome) return outcome;
  auth_ = *auth;
  return {};
}

void Appliance::apply() {
  policy_ = make_policy(config());
  quotas_->change_limits(quota_options(config()));
  limiter_.set_limits(connection_limits(config()));
  http_->set_rate(config().limits.http_requests_per_second);
  const auto tls = net::TlsContext::create(*certificate_);
  const auto dtls = net::DtlsContext::create(*certificate_);
  for (const auto& listener : stream_listeners_) {
    if (tls) listener->set_tls_context(*tls);
  }
  const auto options = server_options(config());
  for (size_t i = 0; i < workers_.size(); ++i) {
    workers_[i]->post(
        [credentials = credentials_[i], auth = auth_, policy = policy_, options, dtls](Worker& worker) {
          credentials->change_settings(auth);
          worker.change_policy(policy);
          worker.server().change_options(options);
          if (dtls) worker.change_certificate(*dtls);
        });
  }
}

void Appliance::on_turn(net::Accepted connection) {
  workers_[next_worker_++ % workers_.size()]->adopt(std::move(connection));
}

void Appliance::on_ice_tcp(net::Accepted) {}  // no endpoint of our own yet: closed

void Appliance::on_http(net::Accepted connection) { http_->serve(std::move(connection)); }

}  // namespace app
