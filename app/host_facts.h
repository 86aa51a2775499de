// What start-up wants to know of the machine, gathered once so that everything decided from it is pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "app/config/types.h"
#include "app/exposed_paths.h"
#include "base/address.h"
#include "base/time.h"

namespace app {

struct HostFacts {
  // Of the data directory, which gather_host_facts() does not know.
  std::vector<ExposedPath> exposed;
  std::string host_name;
  uint32_t cores = 1;
  // False: the kernel could not tell of addresses or routes, as without a descriptor left; they may be others.
  bool is_whole = true;
  // Of every interface that is up, loopback included.
  std::vector<base::IpAddress> addresses;
  // Of the interfaces that are down: the kernel takes packets to them for its own all the same.
  std::vector<base::IpAddress> sleeping_addresses;
  // Source addresses of the default routes; nullopt: no route for the family.
  std::optional<base::IpAddress> default_ipv4;
  std::optional<base::IpAddress> default_ipv6;
  // Sockets of IPv6 can be bound to [::].
  bool has_ipv6 = false;
  // net.ipv4.ip_nonlocal_bind or its IPv6 kind: sockets may be bound to addresses that come later.
  bool binds_foreign_addresses = false;
  // The host name is one that a container runtime makes up anew for each container.
  bool has_passing_name = false;
  base::WallTime now;
  // RLIMIT_NOFILE, the soft limit.
  uint64_t open_files = 0;
  // net.core.rmem_max and wmem_max in bytes; nullopt where /proc does not show them, as in many containers.
  std::optional<uint64_t> rmem_max_bytes;
  std::optional<uint64_t> wmem_max_bytes;
  // net.ipv4.ip_local_port_range: whence the kernel takes ports for sockets that name none ..
  std::optional<PortRange> ephemeral_ports;
  // .. and net.ipv4.ip_local_reserved_ports, which it then leaves alone.
  std::vector<PortRange> reserved_ports;
  // net.netfilter.nf_conntrack_max; nullopt: connection tracking is not loaded.
  std::optional<uint64_t> conntrack_max;
};

// Reads clock, interfaces, routes, limits and /proc/sys; sends nothing. What cannot be found out stays at its
// default.
[[nodiscard]] HostFacts gather_host_facts();

// Twelve hexadecimal digits, as Docker and Podman name containers.
[[nodiscard]] bool is_container_id(std::string_view host_name);

// Comma-separated ports and ranges as /proc/sys writes them: "3478,49152-65535". What is malformed is left
// out.
[[nodiscard]] std::vector<PortRange> parse_port_list(std::string_view text);

}  // namespace app
