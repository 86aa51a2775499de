// Notices that the files of the certificate have been replaced.
#pragma once

#include <array>
#include <filesystem>
#include <functional>

#include "app/config/config.h"
#include "net/timer.h"

namespace app {

// What tells one state of a file from another without reading it. All zero: there is none.
struct FileStamp {
  uint64_t device = 0, inode = 0, bytes = 0;
  int64_t changed_at_ns = 0;

  bool operator==(const FileStamp&) const = default;
};

// Follows symbolic links, which certbot and Kubernetes replace.
[[nodiscard]] FileStamp stamp_of(const std::filesystem::path& file);

// Looks by the clock, since files may lie on volumes that report no events. Control thread only; must end
// before the loop.
class CertificateWatch {
 public:
  using Stamps = std::array<FileStamp, 2>;

  // `on_change` when tls.certificate or tls.key has changed and then kept still for a look: the two are
  // seldom replaced at the same moment.
  CertificateWatch(net::EventLoop& loop, std::function<void()> on_change);

  // From now on these files; what they hold now is known.
  void follow(const TlsConfig& tls);

 private:
  void look();

  net::EventLoop& loop_;
  std::function<void()> on_change_;
  TlsConfig tls_;
  Stamps known_{};
  Stamps seen_{};
  net::Timer timer_;
};

}  // namespace app
