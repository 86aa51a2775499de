// What changes while the appliance runs: configuration, certificate, users.
#include <algorithm>
#include <set>
#include <utility>

#include "app/appliance.h"
#include "app/hub/service.h"
#include "app/hub_options.h"
#include "app/log_start.h"
#include "app/options_of.h"

namespace app {
namespace {

// How soon a user added or removed by another process is known here.
constexpr std::chrono::milliseconds kDatabaseLook{200};

using relay::worker::Worker;

// A self-signed certificate that was made before the network came has none of them. One that has some stays:
// people have told their browsers to accept it.
bool names_any(const net::Certificate& certificate,
               const std::vector<relay::worker::RelayAddress>& addresses) {
  return addresses.empty() || std::ranges::any_of(addresses, [&](const auto& address) {
           return certificate.covers(address.advertised);
         });
}

const char* event_of(UserChange::Kind kind) {
  switch (kind) {
    case UserChange::Kind::kAdded:
      return "user_added";
    case UserChange::Kind::kRemoved:
      return "user_removed";
    case UserChange::Kind::kNewPassword:
      break;
  }
  return "user_password_changed";
}

}  // namespace

ReloadOutcome Appliance::reload(LoadedConfig loaded) {
  host_watch_.look();
  auto changes = diff_for_reload(config(), loaded.config);
  const Config before = config();
  const auto certificate_before = certificate_->fingerprint();
  loaded.config = after_reload(before, loaded.config);
  loaded_.config = loaded.config;  // what is opened below reads config()
  if (auto faults = reopen(); !faults.empty()) {
    loaded_.config = before;
    return std::unexpected(std::move(faults));
  }
  loaded_.origins = std::move(loaded.origins);
  apply();
  // The same file names, and another certificate in them: a renewal, of which no key tells.
  const bool told = std::ranges::find(changes, "tls.certificate", &ConfigChange::key) != changes.end();
  if (certificate_->fingerprint() != certificate_before && !told)
    changes.push_back({"tls.certificate", ReloadEffect::kApplied});
  return changes;
}

// What may fail, all of it tried, so that every fault is told; if there is one, nothing has changed.
ConfigFaults Appliance::reopen() {
  ConfigFaults faults;
  const auto secret = load_or_make_secret(config().data_dir, random_);
  if (!secret) faults.push_back(secret.error());
  auto auth = make_auth_settings(config(), secret.value_or(std::string()));
  if (!auth) faults.push_back(auth.error());
  auto certificate = load_certificate();
  if (!certificate) {
    log_.error("certificate_failed", {{"text", certificate.error()}, {"kept", certificate_->fingerprint()}});
    faults.push_back(certificate.error());
  }
  if (!faults.empty()) return faults;
  auth_ = *auth;
  if (certificate->fingerprint() != certificate_->fingerprint())
    log_certificate(log_, *certificate, loop_.now().wall);
  certificate_ = std::move(*certificate);
  return {};
}

void Appliance::apply() {
  log_.configure(config().log);
  policy_ = make_policy(config());
  quotas_->change_limits(quota_options(config()));
  limiter_.set_limits(connection_limits(config()));
  advertise();
  use_certificate();
  certificate_watch_.follow(config().tls);
  const auto options = server_options(config());
  for (size_t i = 0; i < workers_.size(); ++i) {
    workers_[i]->post([credentials = credentials_[i], auth = auth_, policy = policy_, options,
                       limits = dtls_limits(config())](Worker& worker) {
      credentials->change_settings(auth);
      worker.change_policy(policy);
      worker.server().change_options(options);
      worker.change_dtls_limits(limits);
    });
  }
  read_database();  // who leaves the configuration may have come into the database a moment ago
  watch_users();    // after the new settings in every worker's queue: nobody comes in again meanwhile
}

// Handshakes from now on; what is connected keeps the old one.
void Appliance::use_certificate() {
  const auto tls = net::TlsContext::create(*certificate_);
  const auto dtls = net::DtlsContext::create(*certificate_);
  for (const auto& listener : stream_listeners_) {
    if (tls) listener->set_tls_context(*tls);
  }
  if (!dtls) return;
  for (const auto& worker : workers_) {
    worker->post([dtls = *dtls](Worker& asked) { asked.change_certificate(dtls); });
  }
}

void Appliance::take_new_certificate() {
  auto certificate = load_certificate();
  if (!certificate) {
    log_.error("certificate_failed", {{"text", certificate.error()}, {"kept", certificate_->fingerprint()}});
    return;
  }
  certificate_ = std::move(*certificate);
  log_certificate(log_, *certificate_, loop_.now().wall);
  use_certificate();
  advertise();  // its name may be another
}

bool Appliance::can_relay() const {
  return ports_->is_present(base::Family::kIpv4) || ports_->is_present(base::Family::kIpv6);
}

// Own addresses are denied as peers and relayed from as soon as the host has them.
void Appliance::follow_host(HostFacts facts) {
  const auto before = facts_.addresses;
  keep_routes(facts, facts_);
  facts_.addresses = facts.addresses;
  facts_.sleeping_addresses = facts.sleeping_addresses;
  facts_.default_ipv4 = facts.default_ipv4;
  facts_.default_ipv6 = facts.default_ipv6;
  const auto addresses = present_relay_addresses(config(), facts_);
  const auto without_room = ports_->serve(addresses);
  log_addresses(log_, before, facts_.addresses, addresses, without_room);
  if (config().tls.certificate.empty() && !names_any(*certificate_, addresses)) take_new_certificate();
  use_policy();
  advertise();
}

void Appliance::use_policy() {
  policy_ = make_policy(config());
  for (const auto& worker : workers_) {
    worker->post([policy = policy_](Worker& asked) { asked.change_policy(policy); });
  }
}

void Appliance::watch_database() {
  read_database();
  signaling_->refresh();
  watch_users();
  database_timer_.arm(loop_.steady_now() + kDatabaseLook);
}

void Appliance::read_database() {
  const auto now = loop_.steady_now();
  const auto refreshed = store_->refresh_if_changed();  // an error leaves the last good users
  if (!refreshed) ++database_errors_;
  if (const auto times = database_alarm_.look(now, database_errors_)) {
    log_.error("storage_failed",
               {{"text", refreshed ? "failed for a while" : refreshed.error().text}, {"times", *times}});
  }
}

void Appliance::watch_users() {
  const KnownUsers now{auth_, store_->users().load()};
  if (now == known_users_) return;
  std::set<std::string, std::less<>> removed;
  for (const auto& change : compare(known_users_, now)) {
    log_.info(event_of(change.kind), {{"user", change.user}});
    if (change.kind == UserChange::Kind::kRemoved) removed.insert(change.user);
  }
  log_.trace("users_read", {{"revision", now.stored->revision()}, {"stored", now.stored->users().size()}});
  known_users_ = now;
  end_sessions_of(std::move(removed));
}

// What another token of theirs let in goes on.
void Appliance::end_sessions_of_peers(const std::vector<int64_t>& peers) {
  const auto known = store_->peers().load();
  const auto now = loop_.now().wall;
  for (const auto peer : peers) {
    for (const auto& worker : workers_) {
      worker->post([peer, known, now, claims = auth_->takes_claims](Worker& asked) {
        asked.kick_if(
            hub::turn_user_of(peer),
            [&](const relay::SessionInfo& session) { return is_over(peer, session, *known, now, claims); },
            relay::EndReason::kUserRemoved);
      });
    }
  }
}

// An allocation's own key outlives its user in relay/authenticate.cc; the allocation must not. Also of those
// who came and went unseen.
void Appliance::end_sessions_of(std::set<std::string, std::less<>> users) {
  const auto gone = std::make_shared<const std::set<std::string, std::less<>>>(std::move(users));
  for (const auto& worker : workers_) {
    worker->post([gone, auth = auth_, &stored = store_->users()](Worker& asked) {
      const KnownUsers now{auth, stored.load()};  // at least as new as what let the worker's sessions in
      asked.kick_if(
          [&](const relay::SessionInfo& session) {
            return is_session_of(*gone, session) || is_orphan(now, session);
          },
          relay::EndReason::kUserRemoved);
    });
  }
}

}  // namespace app
