#include "bench/generator/network_namespace.h"

#include <fcntl.h>
#include <sched.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>

namespace bench::generator {

std::expected<InNamespace, net::SystemError> InNamespace::enter(const std::string& name) {
  if (name.empty()) return InNamespace(net::UniqueFd());
  const auto failed = [&](const char* deed) {
    return std::unexpected(net::system_error(errno, "network namespace " + name, deed));
  };
  net::UniqueFd home(open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC));
  if (!home) return failed("open");
  const net::UniqueFd there(open(("/run/netns/" + name).c_str(), O_RDONLY | O_CLOEXEC));
  if (!there) return failed("open");
  if (setns(there.get(), CLONE_NEWNET) != 0) return failed("setns");
  return InNamespace(std::move(home));
}

InNamespace::~InNamespace() {
  if (!home_) return;
  if (setns(home_.get(), CLONE_NEWNET) == 0) return;
  std::perror("network namespace: cannot go back");  // every later socket would be in the wrong place
  std::abort();
}

}  // namespace bench::generator
