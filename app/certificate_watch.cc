#include "app/certificate_watch.h"

#include <sys/stat.h>

#include <utility>

#include "net/event_loop.h"

namespace app {
namespace {

constexpr std::chrono::seconds kLook{1};

CertificateWatch::Stamps stamps_of(const TlsConfig& tls) {
  return {stamp_of(tls.certificate), stamp_of(tls.key)};
}

}  // namespace

FileStamp stamp_of(const std::filesystem::path& file) {
  struct stat status{};
  if (::stat(file.c_str(), &status) != 0) return {};
  constexpr int64_t kNanoseconds = 1'000'000'000;
  return {status.st_dev, status.st_ino, static_cast<uint64_t>(status.st_size),
          status.st_mtim.tv_sec * kNanoseconds + status.st_mtim.tv_nsec};
}

CertificateWatch::CertificateWatch(net::EventLoop& loop, std::function<void()> on_change)
    : loop_(loop), on_change_(std::move(on_change)), timer_(loop, [this] { look(); }) {}

void CertificateWatch::follow(const TlsConfig& tls) {
  tls_ = tls;
  if (tls.certificate.empty()) return timer_.disarm();
  known_ = seen_ = stamps_of(tls);
  timer_.arm(loop_.steady_now() + kLook);
}

void CertificateWatch::look() {
  timer_.arm(loop_.steady_now() + kLook);
  const auto now = stamps_of(tls_);
  const bool is_still = now == std::exchange(seen_, now);
  if (!is_still || now == known_) return;
  known_ = now;
  on_change_();
}

}  // namespace app
