#include "net/certificate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/ssl.h>
#include <sys/stat.h>

#include <fstream>

#include "tests/net/scratch_directory.h"

namespace net {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::MatchesRegex;

const base::WallTime kNow{std::chrono::sys_days(std::chrono::year(2026) / 11 / 21)};

SelfSignedRequest request() {
  return {.common_name = "turn.example.org",
          .more_dns_names = {"other.example.org"},
          .addresses = {*base::IpAddress::parse("192.0.2.7"), *base::IpAddress::parse("2001:db8::7")},
          .now = kNow};
}

std::string contents_of(const std::filesystem::path& file) {
  std::ifstream stream(file);
  return {std::istreambuf_iterator<char>(stream), {}};
}

void write(const std::filesystem::path& file, const std::string& text) { std::ofstream(file) << text; }

TEST(CertificateTest, ASelfSignedOneCoversItsNamesAndAddressesForAYear) {
  const auto made = Certificate::make_self_signed(request());
  ASSERT_TRUE(made) << made.error();
  EXPECT_TRUE(made->is_self_signed());
  EXPECT_TRUE(made->covers("turn.example.org"));
  EXPECT_TRUE(made->covers("other.example.org"));
  EXPECT_FALSE(made->covers("example.org"));
  EXPECT_TRUE(made->covers(*base::IpAddress::parse("192.0.2.7")));
  EXPECT_TRUE(made->covers(*base::IpAddress::parse("2001:db8::7")));
  EXPECT_FALSE(made->covers(*base::IpAddress::parse("192.0.2.8")));
  EXPECT_EQ(made->expires_at(), kNow + std::chrono::days(365));
  EXPECT_EQ(made->valid_from(), kNow - 24h);
  EXPECT_THAT(made->fingerprint(), MatchesRegex("([0-9A-F][0-9A-F]:){31}[0-9A-F][0-9A-F]"));
}

TEST(CertificateTest, TwoSelfSignedOnesDiffer) {
  EXPECT_NE(Certificate::make_self_signed(request())->fingerprint(),
            Certificate::make_self_signed(request())->fingerprint());
}

TEST(CertificateTest, ANameCannotSmuggleInAnother) {
  auto sly = request();
  sly.more_dns_names = {"a.example,DNS:victim.example", "*.example.org"};
  const auto made = Certificate::make_self_signed(sly);
  ASSERT_TRUE(made) << made.error();
  EXPECT_FALSE(made->covers("victim.example"));
  EXPECT_FALSE(made->covers("x.example.org"));
}

TEST(CertificateTest, ASecondStartFindsTheCertificateOfTheFirst) {
  const ScratchDirectory directory;
  const auto first = Certificate::load_or_make_self_signed(directory.path(), request());
  ASSERT_TRUE(first) << first.error();
  const auto second = Certificate::load_or_make_self_signed(directory.path(), request());
  ASSERT_TRUE(second) << second.error();
  EXPECT_EQ(first->fingerprint(), second->fingerprint());
}

TEST(CertificateTest, KeyAndCertificateAreForTheirOwnerOnly) {
  const ScratchDirectory directory;
  ASSERT_TRUE(Certificate::load_or_make_self_signed(directory.path(), request()));
  for (const auto* name : {"key.pem", "certificate.pem"}) {
    struct stat status{};
    ASSERT_EQ(::stat((directory.path() / name).c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777, 0600u) << name;
  }
  const auto files = std::filesystem::directory_iterator(directory.path());
  EXPECT_EQ(std::distance(begin(files), end(files)), 2) << "nothing unfinished stays";
}

TEST(CertificateTest, AStoredOneIsMadeAnewWhenItNoLongerServes) {
  const ScratchDirectory directory;
  const auto first = Certificate::load_or_make_self_signed(directory.path(), request());
  ASSERT_TRUE(first);
  auto later = request();
  later.now = kNow + std::chrono::days(336);
  const auto renewed = Certificate::load_or_make_self_signed(directory.path(), later);
  EXPECT_NE(renewed->fingerprint(), first->fingerprint()) << "it expires within 30 days";
  later.addresses.push_back(*base::IpAddress::parse("198.51.100.1"));
  const auto moved = Certificate::load_or_make_self_signed(directory.path(), later);
  EXPECT_NE(moved->fingerprint(), renewed->fingerprint()) << "it has a new address";
  write(directory.path() / "key.pem", "half a ke");
  const auto mended = Certificate::load_or_make_self_signed(directory.path(), later);
  ASSERT_TRUE(mended);
  EXPECT_NE(mended->fingerprint(), moved->fingerprint()) << "its key is broken";
}

TEST(CertificateTest, AnUnwritableDirectoryIsNamedWithTheCure) {
  const auto failed = Certificate::load_or_make_self_signed("/proc/no-such-directory", request());
  ASSERT_FALSE(failed);
  EXPECT_THAT(failed.error(), HasSubstr("/proc/no-such-directory/key.pem: create: "));
  EXPECT_THAT(failed.error(), HasSubstr("data directory"));
}

class CertificateFilesTest : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(Certificate::load_or_make_self_signed(directory_.path(), request()));
    chain_ = directory_.path() / "certificate.pem";
    key_ = directory_.path() / "key.pem";
  }
  std::string error() const {
    const auto loaded = Certificate::load(chain_, key_);
    return loaded ? "" : loaded.error();
  }

  ScratchDirectory directory_;
  std::filesystem::path chain_;
  std::filesystem::path key_;
};

TEST_F(CertificateFilesTest, AChainIsReadAndInstalledWhole) {
  write(chain_, contents_of(chain_) + contents_of(chain_));
  const auto loaded = Certificate::load(chain_, key_);
  ASSERT_TRUE(loaded) << loaded.error();
  const std::unique_ptr<SSL_CTX, void (*)(SSL_CTX*)> context(SSL_CTX_new(TLS_server_method()), SSL_CTX_free);
  ASSERT_TRUE(loaded->install(context.get()));
  STACK_OF(X509)* chain = nullptr;
  SSL_CTX_get0_chain_certs(context.get(), &chain);
  EXPECT_EQ(sk_X509_num(chain), 1);
  EXPECT_EQ(SSL_CTX_check_private_key(context.get()), 1);
}

TEST_F(CertificateFilesTest, AMissingFileIsNamed) {
  std::filesystem::remove(chain_);
  EXPECT_EQ(error(), chain_.string() +
                         ": No such file or directory; create it or correct tls.certificate and tls.key");
}

TEST_F(CertificateFilesTest, AFileWithoutACertificateSaysWhatIsExpected) {
  write(chain_, contents_of(key_));
  EXPECT_THAT(error(), HasSubstr(chain_.string() + ": holds no certificate"));
}

TEST_F(CertificateFilesTest, ACertificateCutShortIsRefused) {
  write(chain_, contents_of(chain_) + contents_of(chain_).substr(0, 200));
  EXPECT_THAT(error(), HasSubstr("was it cut short?"));
}

TEST_F(CertificateFilesTest, AFileWithoutAKeySaysWhatIsExpected) {
  write(key_, contents_of(chain_));
  EXPECT_THAT(error(), HasSubstr(key_.string() + ": no usable private key"));
}

TEST_F(CertificateFilesTest, AnEncryptedKeyIsRefusedWithoutAsking) {
  write(key_,
        "-----BEGIN ENCRYPTED PRIVATE KEY-----\n"
        "MIHsMFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAgxdyhLvTYhtwICCAAw\n"
        "DAYIKoZIhvcNAgkFADAdBglghkgBZQMEASoEEDxOUKzCWL1nfVq8+cXUBW0EgZDN\n"
        "-----END ENCRYPTED PRIVATE KEY-----\n");
  EXPECT_THAT(error(), HasSubstr(key_.string() + ": no usable private key"));
}

TEST_F(CertificateFilesTest, AKeyOfAnotherCertificateIsRefused) {
  const ScratchDirectory other;
  ASSERT_TRUE(Certificate::load_or_make_self_signed(other.path(), request()));
  write(key_, contents_of(other.path() / "key.pem"));
  EXPECT_THAT(error(),
              HasSubstr(key_.string() + ": is not the key of the first certificate in " + chain_.string()));
}

}  // namespace
}  // namespace net
