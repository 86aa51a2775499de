// Owners of OpenSSL's objects, and its reasons in words. Internal to net.
#pragma once

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <memory>
#include <string>

namespace net {

template <auto Free>
struct FreeWith {
  template <typename T>
  void operator()(T* handle) const {
    Free(handle);
  }
};

using SslHandle = std::unique_ptr<SSL, FreeWith<SSL_free>>;
using BioHandle = std::unique_ptr<BIO, FreeWith<BIO_free_all>>;
using KeyHandle = std::unique_ptr<EVP_PKEY, FreeWith<EVP_PKEY_free>>;
using CertificateHandle = std::unique_ptr<X509, FreeWith<X509_free>>;

// The oldest reason in this thread's queue, which is emptied; "unknown reason" if there is none.
[[nodiscard]] std::string take_openssl_reason();

}  // namespace net
