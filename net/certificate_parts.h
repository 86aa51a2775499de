// What a Certificate is made of. Internal to net.
#pragma once

#include <string>
#include <vector>

#include "net/certificate.h"
#include "net/openssl_handles.h"

namespace net {

struct Certificate::Parts {
  Parts(std::vector<CertificateHandle> from_chain, KeyHandle from_key);
  [[nodiscard]] X509* leaf() const { return chain.front().get(); }

  std::vector<CertificateHandle> chain;  // the leaf, then who signed it
  KeyHandle key;
  std::string fingerprint;
  base::WallTime valid_from;
  base::WallTime expires_at;
};

}  // namespace net
