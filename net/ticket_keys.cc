#include "net/ticket_keys.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <memory>
#include <utility>

#include "net/system_random.h"

namespace net {
namespace {

// What OpenSSL's callback answers.
constexpr int kFailed = -1, kWholeHandshake = 0, kDone = 1, kDoneAndRenew = 2;

struct OfContext {
  std::function<base::TimePoint()> clock;
  TicketKeys keys;
};

// The keys live as long as the SSL_CTX, which its connections hold on to.
int slot() {
  static const int index = SSL_CTX_get_ex_new_index(
      0, nullptr, nullptr, nullptr, [](void*, void* of_context, CRYPTO_EX_DATA*, int, long, void*) {
        delete static_cast<OfContext*>(of_context);
      });
  return index;
}

bool set_mac_key(EVP_MAC_CTX* mac, TicketKey& key) {
  char digest[] = "SHA256";
  const OSSL_PARAM params[] = {OSSL_PARAM_construct_octet_string(
                                   OSSL_MAC_PARAM_KEY, key.authentication.data(), key.authentication.size()),
                               OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
                               OSSL_PARAM_construct_end()};
  return EVP_MAC_CTX_set_params(mac, params) == 1;
}

int seal(OfContext& own, uint8_t* name, uint8_t* iv, EVP_CIPHER_CTX* cipher, EVP_MAC_CTX* mac) {
  auto key = own.keys.sealing(own.clock());
  if (RAND_bytes(iv, EVP_CIPHER_get_iv_length(EVP_aes_256_cbc())) != 1) return kFailed;
  std::ranges::copy(key.name, name);
  const bool ready =
      EVP_EncryptInit_ex2(cipher, EVP_aes_256_cbc(), key.encryption.data(), iv, nullptr) == 1 &&
      set_mac_key(mac, key);
  return ready ? kDone : kFailed;
}

int open(OfContext& own, const uint8_t* name, const uint8_t* iv, EVP_CIPHER_CTX* cipher, EVP_MAC_CTX* mac) {
  auto opening = own.keys.opening(own.clock(), std::span<const uint8_t, 16>(name, 16));
  if (!opening) return kWholeHandshake;
  const bool ready =
      EVP_DecryptInit_ex2(cipher, EVP_aes_256_cbc(), opening->key.encryption.data(), iv, nullptr) == 1 &&
      set_mac_key(mac, opening->key);
  if (!ready) return kFailed;
  return opening->is_current ? kDone : kDoneAndRenew;
}

int handle_ticket(SSL* ssl, unsigned char* name, unsigned char* iv, EVP_CIPHER_CTX* cipher, EVP_MAC_CTX* mac,
                  int sealing) {
  auto* own = static_cast<OfContext*>(SSL_CTX_get_ex_data(SSL_get_SSL_CTX(ssl), slot()));
  if (!own) return kFailed;
  return sealing ? seal(*own, name, iv, cipher, mac) : open(*own, name, iv, cipher, mac);
}

}  // namespace

TicketKey::~TicketKey() {
  OPENSSL_cleanse(encryption.data(), encryption.size());
  OPENSSL_cleanse(authentication.data(), authentication.size());
}

void TicketKeys::rotate(base::TimePoint now) {
  if (current_ && now - current_->made_at >= kSeals) previous_ = std::exchange(current_, std::nullopt);
  if (previous_ && now - previous_->made_at >= kOpens) previous_.reset();
  if (current_) return;
  SystemRandom random;
  current_.emplace();
  current_->made_at = now;
  random.fill(current_->key.name);
  random.fill(current_->key.encryption);
  random.fill(current_->key.authentication);
}

TicketKey TicketKeys::sealing(base::TimePoint now) {
  const std::lock_guard lock(mutex_);
  rotate(now);
  return current_->key;
}

std::optional<TicketKeys::Opening> TicketKeys::opening(base::TimePoint now,
                                                       std::span<const uint8_t, 16> name) {
  const std::lock_guard lock(mutex_);
  rotate(now);
  if (std::ranges::equal(current_->key.name, name)) return Opening{current_->key, true};
  if (previous_ && std::ranges::equal(previous_->key.name, name)) return Opening{previous_->key, false};
  return std::nullopt;
}

bool rotate_ticket_keys(ssl_ctx_st* context, std::function<base::TimePoint()> clock) {
  auto own = std::make_unique<OfContext>();
  own->clock = std::move(clock);
  if (SSL_CTX_set_ex_data(context, slot(), own.get()) != 1) return false;
  (void)own.release();  // the slot's
  return SSL_CTX_set_tlsext_ticket_key_evp_cb(context, handle_ticket) == 1;
}

}  // namespace net
