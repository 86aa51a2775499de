#include "app/metrics.h"

#include <functional>
#include <utility>

#include "app/metric_families.h"
#include "app/metrics_signaling.h"

namespace app {
namespace {

using relay::worker::Worker;
using Workers = std::vector<std::unique_ptr<Worker>>;

using Read = std::function<uint64_t(const Worker&)>;

double sum(const Workers& workers, const Read& read) {
  uint64_t all = 0;
  for (const auto& worker : workers) all += read(*worker);
  return static_cast<double>(all);
}

void add_allocations(Families& families, const Workers& workers) {
  families.begin("icebox_allocations", "Allocations alive, by client transport and relayed family",
                 Families::kGauge);
  for (size_t transport = 0; transport < relay::kTransports; ++transport) {
    for (const size_t family : {0, 1}) {
      families.add({{"transport", relay::name_of(static_cast<relay::Transport>(transport))},
                    {"family", family == 0 ? "ipv4" : "ipv6"}},
                   sum(workers, [=](const Worker& worker) {
                     return worker.counters().allocations[transport][family].value();
                   }));
    }
  }
  families.begin("icebox_allocations_created_total", "Allocations made", Families::kCounter);
  families.add(
      {}, sum(workers, [](const Worker& worker) { return worker.counters().allocations_created.value(); }));
  families.begin("icebox_allocations_expired_total", "Allocations that ended by their lifetime",
                 Families::kCounter);
  families.add(
      {}, sum(workers, [](const Worker& worker) { return worker.counters().allocations_expired.value(); }));
}

void add_traffic(Families& families, const Workers& workers) {
  const auto both = [&](const char* name, const char* help, auto read) {
    families.begin(name, help, Families::kCounter);
    families.add({{"direction", "to_peer"}},
                 sum(workers, [&](const Worker& w) { return read(w.counters().to_peers); }));
    families.add({{"direction", "to_client"}},
                 sum(workers, [&](const Worker& w) { return read(w.counters().to_clients); }));
  };
  both("icebox_relayed_packets_total", "Datagrams relayed",
       [](const relay::Traffic& t) { return t.packets.value(); });
  both("icebox_relayed_bytes_total", "Application data relayed, without framing",
       [](const relay::Traffic& t) { return t.bytes.value(); });
  families.begin("icebox_stun_bindings_total", "STUN Binding requests answered", Families::kCounter);
  families.add({}, sum(workers, [](const Worker& worker) { return worker.counters().bindings.value(); }));
}

void add_tcp_relaying(Families& families, const Workers& workers) {
  using Tcp = relay::TcpCounters;
  const auto total = [&](base::Counter Tcp::* counter) {
    return sum(workers, [=](const Worker& worker) { return (worker.counters().tcp.*counter).value(); });
  };
  families.begin("icebox_tcp_relay_connections", "TCP connections with peers (RFC 6062), in any state",
                 Families::kGauge);
  families.add({}, total(&Tcp::connections));
  families.begin("icebox_tcp_relay_connections_total", "TCP connections with peers by what became of them",
                 Families::kCounter);
  constexpr std::pair<const char*, base::Counter Tcp::*> kOutcomes[] = {{"connected", &Tcp::connected},
                                                                        {"failed", &Tcp::failed},
                                                                        {"accepted", &Tcp::accepted},
                                                                        {"bound", &Tcp::bound},
                                                                        {"unclaimed", &Tcp::unclaimed}};
  for (const auto& [outcome, counter] : kOutcomes) families.add({{"outcome", outcome}}, total(counter));
  families.begin("icebox_tcp_relay_bytes_total", "Octets relayed over TCP connections with peers",
                 Families::kCounter);
  families.add({{"direction", "to_peer"}}, total(&Tcp::bytes_to_peers));
  families.add({{"direction", "to_client"}}, total(&Tcp::bytes_to_clients));
}

template <typename Reason>
void add_reasons(Families& families, const Workers& workers, const char* name, const char* help,
                 const auto& counters) {
  families.begin(name, help, Families::kCounter);
  for (size_t i = 0; i < static_cast<size_t>(Reason::kCount); ++i) {
    families.add({{"reason", relay::label_of(static_cast<Reason>(i))}},
                 sum(workers, [&](const Worker& worker) { return counters(worker.counters())[i].value(); }));
  }
}

void add_sockets(Families& families, const Workers& workers) {
  families.begin("icebox_udp_system_calls_total", "recvmmsg and sendmmsg calls", Families::kCounter);
  families.add({{"call", "receive"}},
               sum(workers, [](const Worker& w) { return w.received().calls.value(); }));
  families.add({{"call", "send"}}, sum(workers, [](const Worker& w) { return w.sent().calls.value(); }));
  families.begin("icebox_udp_receive_dropped_total",
                 "Clients' datagrams that the kernel dropped before a worker came", Families::kCounter);
  families.add({}, sum(workers, [](const Worker& w) { return w.kernel_drops().value(); }));
  families.begin("icebox_udp_send_failed_total", "Datagrams that the kernel did not take",
                 Families::kCounter);
  const auto failed = [&](const char* reason, auto read) {
    families.add({{"reason", reason}}, sum(workers, [&](const Worker& w) { return read(w.sent()).value(); }));
  };
  using Sent = net::UdpSendBatch::Counters;
  failed("would_block", [](const Sent& sent) -> const base::Counter& { return sent.would_block; });
  failed("unreachable", [](const Sent& sent) -> const base::Counter& { return sent.unreachable; });
  failed("refused", [](const Sent& sent) -> const base::Counter& { return sent.refused; });
  failed("too_big", [](const Sent& sent) -> const base::Counter& { return sent.too_big; });
  failed("other", [](const Sent& sent) -> const base::Counter& { return sent.other; });
  families.begin("icebox_stream_dropped_messages_total", "Messages to TCP and TLS clients that did not read",
                 Families::kCounter);
  families.add({}, sum(workers, [](const Worker& w) { return w.stream_totals().dropped_messages.value(); }));
}

void add_listeners(Families& families, const Appliance& appliance) {
  using Counters = net::OnePortCounters;
  constexpr std::pair<const char*, base::Counter Counters::*> kOutcomes[] = {
      {"turn", &Counters::turn},
      {"ice_tcp", &Counters::ice_tcp},
      {"http", &Counters::http},
      {"silent", &Counters::closed_silent},
      {"deadline", &Counters::closed_deadline},
      {"tls_failed", &Counters::closed_tls_failed},
      {"handshake_gave_way", &Counters::closed_handshake_crowded},
      {"unknown_protocol", &Counters::rejected_unknown},
      {"channel_data_first", &Counters::rejected_channel_data},
      {"http2", &Counters::rejected_http2},
      {"tls_in_tls", &Counters::rejected_tls_in_tls},
      {"plain_where_tls_required", &Counters::rejected_plain},
      {"proxy_untrusted", &Counters::rejected_proxy_untrusted},
      {"proxy_missing", &Counters::rejected_proxy_missing},
      {"proxy_malformed", &Counters::rejected_proxy_malformed},
      {"per_source_limit", &Counters::rejected_per_source},
      {"total_limit", &Counters::rejected_total},
      {"out_of_descriptors", &Counters::out_of_descriptors},
      {"accept_failed", &Counters::accept_failed}};
  families.begin("icebox_connections_total", "TCP connections by what became of them", Families::kCounter);
  for (const auto& [outcome, counter] : kOutcomes) {
    uint64_t all = 0;
    for (const auto& listener : appliance.stream_listeners()) all += (listener->counters().*counter).value();
    families.add({{"outcome", outcome}}, static_cast<double>(all));
  }
}

void add_http(Families& families, const net::HttpCounters& http) {
  families.begin("icebox_http_refused_total", "HTTP requests refused before they were looked at, by reason",
                 Families::kCounter);
  for (const auto& [reason, counter] :
       {std::pair<const char*, const base::Counter*>{"too_many", &http.over_budget},
        {"malformed", &http.malformed},
        {"too_slow", &http.timed_out},
        {"no_room", &http.no_room}})
    families.add({{"reason", reason}}, static_cast<double>(counter->value()));
}

void add_dtls(Families& families, const Workers& workers) {
  using Counters = net::DtlsServer::Counters;
  const auto total = [&](base::Counter Counters::* counter) {
    return sum(workers,
               [=](const Worker& worker) { return worker.dtls() ? (worker.dtls()->*counter).value() : 0; });
  };
  families.begin("icebox_dtls_associations", "DTLS associations of clients that are open", Families::kGauge);
  families.add({}, total(&Counters::opened) - total(&Counters::closed));
  families.begin("icebox_dtls_handshakes_total", "DTLS handshakes by what became of them",
                 Families::kCounter);
  constexpr std::pair<const char*, base::Counter Counters::*> kOutcomes[] = {
      {"cookie_sent", &Counters::cookies_sent},
      {"opened", &Counters::opened},
      {"failed", &Counters::failed},
      {"limit", &Counters::dropped_full},
      {"rate", &Counters::dropped_rate},
      {"unknown", &Counters::dropped_unknown}};
  for (const auto& [outcome, counter] : kOutcomes) families.add({{"outcome", outcome}}, total(counter));
  families.begin("icebox_dtls_dropped_total", "Datagrams of known DTLS clients that were not read, by reason",
                 Families::kCounter);
  families.add({{"reason", "broken"}}, total(&Counters::dropped_broken));
  families.add({{"reason", "share"}}, total(&Counters::dropped_share));
}

void add_ports(Families& families, const Appliance& appliance) {
  families.begin("icebox_relay_ports", "Relay ports by address and state", Families::kGauge);
  for (const auto& use : appliance.ports().use()) {
    const auto address = use.bound.to_string();
    families.add({{"address", address}, {"state", "free"}}, static_cast<double>(use.free));
    families.add({{"address", address}, {"state", "resting"}}, static_cast<double>(use.resting));
    families.add({{"address", address}, {"state", "used"}},
                 static_cast<double>(use.capacity - use.free - use.resting));
  }
  families.begin("icebox_workers", "Relay threads", Families::kGauge);
  families.add({}, static_cast<double>(appliance.workers().size()));
  families.begin("icebox_draining", "1 while new allocations are refused", Families::kGauge);
  families.add({}, appliance.is_draining() ? 1 : 0);
  families.begin("icebox_certificate_expiry_seconds", "When the certificate expires, Unix time",
                 Families::kGauge);
  families.add({}, static_cast<double>(appliance.certificate()->expires_at().time_since_epoch().count()));
}

}  // namespace

std::string metrics_text(const Appliance& appliance, const net::HttpCounters& http) {
  const auto& workers = appliance.workers();
  Families families;
  add_allocations(families, workers);
  add_traffic(families, workers);
  add_tcp_relaying(families, workers);
  add_reasons<relay::Reject>(
      families, workers, "icebox_rejected_total", "Requests refused, by reason",
      [](const relay::Counters& counters) -> const auto& { return counters.rejected; });
  add_reasons<relay::Drop>(families, workers, "icebox_dropped_total",
                           "Packets dropped without an answer, by reason",
                           [](const relay::Counters& counters) -> const auto& { return counters.dropped; });
  add_sockets(families, workers);
  add_listeners(families, appliance);
  add_http(families, http);
  add_dtls(families, workers);
  add_ports(families, appliance);
  add_signaling_metrics(families, appliance.signaling());
  families.begin("icebox_storage_write_failures_total", "Writes that the disk, or another process, refused",
                 Families::kCounter);
  families.add({}, static_cast<double>(appliance.store().write_failures().count));
  return families.text();
}

}  // namespace app
