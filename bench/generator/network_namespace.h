// Sockets in another network namespace (Linux): they stay there, whoever uses them.
#pragma once

#include <expected>
#include <string>

#include "net/system_error.h"
#include "net/unique_fd.h"

namespace bench::generator {

// Keeps the calling thread in a namespace as long as it lives. Needs CAP_SYS_ADMIN.
class InNamespace {
 public:
  // `name` as in `ip netns`; empty: stays where it is.
  [[nodiscard]] static std::expected<InNamespace, net::SystemError> enter(const std::string& name);
  InNamespace(InNamespace&&) = default;
  InNamespace& operator=(InNamespace&&) = delete;
  ~InNamespace();

 private:
  explicit InNamespace(net::UniqueFd home) : home_(std::move(home)) {}

  net::UniqueFd home_;
};

}  // namespace bench::generator
