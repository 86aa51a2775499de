#include "app/host_facts.h"

#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <fstream>
#include <memory>
#include <thread>

#include "app/config/text.h"
#include "net/socket_address.h"
#include "net/unique_fd.h"

namespace app {
namespace {

// Never sent to: connecting a UDP socket only asks the routing table which source address it would use.
constexpr base::Endpoint kSomewhereIpv4{base::IpAddress::v4(0x08080808), 53};
constexpr base::Endpoint kSomewhereIpv6{base::IpAddress::v6(0x2001486048600000, 0x8888), 53};

struct FreeInterfaces {
  void operator()(ifaddrs* list) const { freeifaddrs(list); }
};

std::string host_name() {
  std::array<char, 256> name{};
  return gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "";
}

void gather_addresses(HostFacts& facts) {
  ifaddrs* raw = nullptr;
  if (getifaddrs(&raw) != 0) {
    facts.is_whole = false;
    return;
  }
  const std::unique_ptr<ifaddrs, FreeInterfaces> list(raw);
  for (const auto* entry = list.get(); entry != nullptr; entry = entry->ifa_next) {
    if (entry->ifa_addr == nullptr) continue;
    const auto family = entry->ifa_addr->sa_family;
    if (family != AF_INET && family != AF_INET6) continue;
    const bool is_up = (entry->ifa_flags & IFF_UP) != 0;
    auto& addresses = is_up ? facts.addresses : facts.sleeping_addresses;
    addresses.push_back(net::to_endpoint(entry->ifa_addr).ip);
    addresses.back().zone = 0;  // compared with what clients name
  }
}

bool can_bind_ipv6() {
  const net::UniqueFd socket(::socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  sockaddr_in6 any{};
  any.sin6_family = AF_INET6;
  return socket && ::bind(socket.get(), reinterpret_cast<const sockaddr*>(&any), sizeof any) == 0;
}

// False: no socket, which is not the routing table's fault.
bool find_source_towards(const base::Endpoint& destination, std::optional<base::IpAddress>& source) {
  net::SocketAddress address;
  net::to_socket_address(destination, destination.ip.family, address);
  const net::UniqueFd socket(::socket(address.any.sa_family, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (!socket) return errno == EAFNOSUPPORT;
  if (connect(socket.get(), &address.any, address.bytes) != 0) return true;
  address.bytes = sizeof(address.v6);
  if (getsockname(socket.get(), &address.any, &address.bytes) != 0) return false;
  source = net::to_endpoint(&address.any).ip;
  return true;
}

uint64_t open_files() {
  rlimit limit{};
  return getrlimit(RLIMIT_NOFILE, &limit) == 0 ? limit.rlim_cur : 0;
}

std::optional<std::string> first_line(const std::string& file) {
  std::ifstream stream(file);
  std::string line;
  if (!std::getline(stream, line)) return std::nullopt;
  return line;
}

std::optional<uint64_t> number_in(const std::string& file) {
  std::ifstream stream(file);
  uint64_t number = 0;
  if (!(stream >> number)) return std::nullopt;
  return number;
}

std::optional<PortRange> port_range_in(const std::string& file) {
  std::ifstream stream(file);
  PortRange range;
  if (!(stream >> range.low >> range.high)) return std::nullopt;
  return range;
}

}  // namespace

HostFacts gather_host_facts() {
  using std::chrono::system_clock;
  const std::string sys = "/proc/sys/net/";
  HostFacts facts;
  facts.host_name = host_name();
  facts.cores = std::max(1u, std::thread::hardware_concurrency());
  gather_addresses(facts);
  facts.is_whole &= find_source_towards(kSomewhereIpv4, facts.default_ipv4);
  facts.is_whole &= find_source_towards(kSomewhereIpv6, facts.default_ipv6);
  facts.has_ipv6 = can_bind_ipv6();
  facts.binds_foreign_addresses = number_in(sys + "ipv4/ip_nonlocal_bind").value_or(0) != 0 ||
                                  number_in(sys + "ipv6/ip_nonlocal_bind").value_or(0) != 0;
  facts.has_passing_name = is_container_id(facts.host_name);
  facts.now = std::chrono::floor<std::chrono::seconds>(system_clock::now());
  facts.open_files = open_files();
  facts.rmem_max_bytes = number_in(sys + "core/rmem_max");
  facts.wmem_max_bytes = number_in(sys + "core/wmem_max");
  facts.ephemeral_ports = port_range_in(sys + "ipv4/ip_local_port_range");
  facts.reserved_ports = parse_port_list(first_line(sys + "ipv4/ip_local_reserved_ports").value_or(""));
  facts.conntrack_max = number_in(sys + "netfilter/nf_conntrack_max");
  return facts;
}

bool is_container_id(std::string_view host_name) {
  constexpr size_t kContainerIdDigits = 12;
  return host_name.size() == kContainerIdDigits &&
         host_name.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

std::vector<PortRange> parse_port_list(std::string_view text) {
  std::vector<PortRange> ranges;
  while (!text.empty()) {
    const auto comma = std::min(text.find(','), text.size());
    if (const auto range = from_text<PortRange>(text.substr(0, comma))) ranges.push_back(*range);
    text.remove_prefix(std::min(comma + 1, text.size()));
  }
  return ranges;
}

}  // namespace app
