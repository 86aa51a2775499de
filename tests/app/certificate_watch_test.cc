#include "app/certificate_watch.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

#include "net/event_loop.h"

namespace app {
namespace {

using namespace std::chrono_literals;

class CertificateWatchTest : public testing::Test {
 protected:
  CertificateWatchTest() {
    std::filesystem::create_directories(folder);
    tls.certificate = folder / "certificate.pem";
    tls.key = folder / "key.pem";
    write(tls.certificate, "a");
    write(tls.key, "b");
    watch.follow(tls);
  }
  ~CertificateWatchTest() override { std::filesystem::remove_all(folder); }

  static void write(const std::filesystem::path& file, const char* text) { std::ofstream(file) << text; }
  // True if a change was told within `patience`.
  bool is_told(std::chrono::seconds patience) {
    const int before = told;
    return loop.run_until(loop.steady_now() + patience, [&] { return told > before; });
  }

  const std::filesystem::path folder =
      std::filesystem::temp_directory_path() / ("icebox-certificate-watch-" + std::to_string(::getpid()));
  net::EventLoop loop;
  int told = 0;
  TlsConfig tls;
  CertificateWatch watch{loop, [this] { ++told; }};
};

TEST_F(CertificateWatchTest, TellsOfAChangedFileOnceItKeepsStill) {
  write(tls.certificate, "another");
  EXPECT_TRUE(is_told(10s));
  EXPECT_EQ(told, 1);
}

TEST_F(CertificateWatchTest, FollowsLinksThatAreReplaced) {
  const auto link = folder / "live.pem";
  std::filesystem::create_symlink(tls.certificate, link);
  tls.certificate = link;
  watch.follow(tls);
  write(folder / "next.pem", "next");
  std::filesystem::remove(link);
  std::filesystem::create_symlink(folder / "next.pem", link);
  EXPECT_TRUE(is_told(10s));
}

TEST(FileStampTest, TellsFilesApartAndAMissingOneIsZero) {
  EXPECT_EQ(stamp_of("/nonexistent/file"), FileStamp{});
  EXPECT_NE(stamp_of("/proc/self/exe"), FileStamp{});
}

}  // namespace
}  // namespace app
