// The running server: workers, listeners, storage, brought together. The only part that knows every other.
#pragma once

#include <expected>
#include <filesystem>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "app/certificate_watch.h"
#include "app/config/load.h"
#include "app/config/reload.h"
#include "app/data_dir.h"
#include "app/growth_alarm.h"
#include "app/host_facts.h"
#include "app/host_watch.h"
#include "app/http_service.h"
#include "app/hub/signalled_addresses.h"
#include "app/load_warnings.h"
#include "app/log.h"
#include "app/relay_addresses.h"
#include "app/session_log.h"
#include "app/usage_ledger.h"
#include "app/user_credentials.h"
#include "app/user_watch.h"
#include "net/certificate.h"
#include "net/connection_limiter.h"
#include "net/event_loop.h"
#include "net/one_port_listener.h"
#include "net/stream_group.h"
#include "net/system_random.h"
#include "net/timer.h"
#include "relay/worker/worker.h"
#include "storage/store.h"

namespace app {

namespace hub {
class Service;
}

// One listening address as it came out.
struct Listening {
  Scheme scheme = Scheme::kUdp;
  base::Endpoint bound;
  base::Endpoint advertised;
  std::string domain_name = {};  // for turns: URLs; empty: none, see domain_name.h
};

// Everything belongs to the control thread, which calls start() and run(). Destroying it ends the workers.
class Appliance final : private net::ConnectionSink {
 public:
  // Opens everything; nothing is served yet, nor logged. The error is one line with the cure; exit status 1.
  // `log` outlives it.
  [[nodiscard]] static std::expected<std::unique_ptr<Appliance>, std::string> start(LoadedConfig loaded,
                                                                                    HostFacts facts,
                                                                                    Log& log);
  ~Appliance();

  void run();   // until stop()
  void stop();  // from a signal handler or any thread

  [[nodiscard]] const Config& config() const { return loaded_.config; }
  [[nodiscard]] const HostFacts& facts() const { return facts_; }
  [[nodiscard]] const std::vector<Listening>& listening() const { return listening_; }
  // Where browsers find the pages (page_url.h), of what listens by now: the kernel may have chosen ports.
  [[nodiscard]] std::expected<std::string, std::string> url() const;
  [[nodiscard]] const AuthSettings& auth() const { return *auth_; }
  [[nodiscard]] std::shared_ptr<const AuthSettings> auth_settings() const { return auth_; }
  [[nodiscard]] const std::optional<net::Certificate>& certificate() const { return certificate_; }
  [[nodiscard]] const relay::worker::SharedPorts& ports() const { return *ports_; }
  [[nodiscard]] const relay::worker::SharedQuotas& quotas() const { return *quotas_; }
  [[nodiscard]] storage::Store& store() const { return *store_; }
  [[nodiscard]] net::EventLoop& loop() { return loop_; }
  [[nodiscard]] Log& log() { return log_; }
  [[nodiscard]] RefusalLog& refusals() { return session_log_.refusals(); }
  [[nodiscard]] const relay::PeerPolicy& policy() const { return *policy_; }
  [[nodiscard]] const std::vector<std::unique_ptr<relay::worker::Worker>>& workers() const {
    return workers_;
  }
  [[nodiscard]] const std::vector<std::unique_ptr<net::OnePortListener>>& stream_listeners() const {
    return stream_listeners_;
  }
  [[nodiscard]] const hub::Service& signaling() const { return *signaling_; }
  [[nodiscard]] bool is_draining() const { return draining_; }
  // False while the host has no address to relay from.
  [[nodiscard]] bool can_relay() const;
  void drain();
  // Takes over what a running server can take over. After a fault nothing has changed.
  [[nodiscard]] ReloadOutcome reload(LoadedConfig loaded);

 private:
  Appliance(LoadedConfig loaded, HostFacts facts, Log& log);

  using Outcome = std::expected<void, std::string>;
  Outcome open_data_dir();
  Outcome open_certificate();
  Outcome open_workers();
  Outcome open_udp(const Listener& listener);
  Outcome open_stream(const Listener& listener);
  void note_listening(const Listener& listener, const base::Endpoint& bound);
  void advertise();
  void follow_host(HostFacts facts);
  void take_new_certificate();
  Outcome open_listeners();
  Outcome open_http();
  [[nodiscard]] std::expected<net::Certificate, std::string> load_certificate() const;
  [[nodiscard]] ConfigFaults reopen();
  void apply();
  void use_certificate();
  void use_policy();
  void start_threads();
  void watch_database();
  void read_database();
  void watch_users();
  void end_sessions_of_peers(const std::vector<int64_t>& peers);
  void end_sessions_of(std::set<std::string, std::less<>> users);
  [[nodiscard]] std::shared_ptr<const relay::PeerPolicy> make_policy(const Config& config) const;
  void on_turn(net::Accepted connection) override;
  void on_ice_tcp(net::Accepted connection) override;
  void on_http(net::Accepted connection) override;

  LoadedConfig loaded_;
  HostFacts facts_;
  Log& log_;
  net::EventLoop loop_;
  SessionLog session_log_;             // outlives the workers
  hub::SignalledAddresses signalled_;  // as well
  net::SystemRandom random_;
  std::unique_ptr<storage::Store> store_;
  std::optional<UsageLedger> usage_;
  std::shared_ptr<const AuthSettings> auth_;
  base::SipHashKey nonce_key_{};
  std::optional<net::Certificate> certificate_;
  std::shared_ptr<const relay::PeerPolicy> policy_;
  std::unique_ptr<relay::worker::SharedQuotas> quotas_;  // before the ports, which give back places
  std::unique_ptr<relay::worker::SharedPorts> ports_;
  std::unique_ptr<relay::worker::SharedTransactions> transactions_;
  std::vector<std::unique_ptr<relay::worker::Worker>> workers_;
  std::vector<UserCredentials*> credentials_;  // of the workers; touched on their threads only
  std::vector<std::unique_ptr<relay::worker::HairpinRing>> rings_;
  net::ConnectionLimiter limiter_;
  net::StreamGroup streams_;
  std::unique_ptr<HttpService> http_;
  std::unique_ptr<hub::Service> signaling_;
  std::vector<std::unique_ptr<net::OnePortListener>> stream_listeners_;
  struct Opened {
    Listener listener;
    base::Endpoint bound;
  };
  std::vector<Opened> opened_;
  std::vector<Listening> listening_;  // made of opened_ and of the host's addresses
  net::Timer database_timer_;
  KnownUsers known_users_;
  uint64_t database_errors_ = 0;
  GrowthAlarm database_alarm_;
  LoadWarnings load_warnings_;
  HostWatch host_watch_;
  CertificateWatch certificate_watch_;
  std::vector<std::jthread> threads_;
  size_t next_worker_ = 0;
  bool draining_ = false;
};

}  // namespace app
