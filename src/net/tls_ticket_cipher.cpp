#include "net/tls_ticket_cipher.hpp"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

#include <array>
#include <cstring>
#include <memory>
#include <mutex>

#include "base/text.hpp"
#include "net/openssl_handles.hpp"

namespace posthouse::net {

namespace {

using std::chrono::steady_clock;

// What a context keeps for the callback below.
struct Sealing {
    Sealing(const EVP_CIPHER* made, steady_clock::duration lifetime) : cipher(made), ring(lifetime) {}
    const EVP_CIPHER* cipher;
    std::mutex mutex;  // contexts are used by all cores at once
    TicketKeyRing ring;
};

void free_sealing(void*, void* sealing, CRYPTO_EX_DATA*, int, long, void*) { delete static_cast<Sealing*>(sealing); }

int sealing_index() {
    static const int index = SSL_CTX_get_ex_new_index(0, nullptr, nullptr, nullptr, free_sealing);
    return index;
}

int authenticate(EVP_MAC_CTX* mac, TicketKeys& keys) {
    char digest[] = "SHA256";
    const std::array<OSSL_PARAM, 3> parameters{OSSL_PARAM_construct_octet_string(OSSL_MAC_PARAM_KEY, keys.authentication.data(), keys.authentication.size()),
                                               OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0), OSSL_PARAM_construct_end()};
    return EVP_MAC_CTX_set_params(mac, parameters.data());
}

// SSL_CTX_set_tlsext_ticket_key_evp_cb(3): 1 fine, 2 fine and a new ticket is due, 0 not ours, -1 failure.
int handle_ticket(SSL* ssl, unsigned char* name, unsigned char* iv, EVP_CIPHER_CTX* cipher, EVP_MAC_CTX* mac, int is_sealing) {
    auto* sealing = static_cast<Sealing*>(SSL_CTX_get_ex_data(SSL_get_SSL_CTX(ssl), sealing_index()));
    const std::lock_guard lock(sealing->mutex);
    if (is_sealing == 1) {
        TicketKeys* keys = sealing->ring.to_seal(steady_clock::now());
        if (keys == nullptr) {
            return -1;
        }
        std::memcpy(name, keys->name.data(), keys->name.size());
        const bool fine = RAND_bytes(iv, EVP_CIPHER_get_iv_length(sealing->cipher)) == 1 &&
                          EVP_EncryptInit_ex(cipher, sealing->cipher, nullptr, keys->encryption.data(), iv) == 1 && authenticate(mac, *keys) == 1;
        return fine ? 1 : -1;
    }
    const TicketKeyRing::Found found = sealing->ring.to_open(name, steady_clock::now());
    if (found.keys == nullptr) {
        return 0;  // sealed by somebody else, before a reload, or long ago: a full handshake
    }
    const bool fine = EVP_DecryptInit_ex(cipher, sealing->cipher, nullptr, found.keys->encryption.data(), iv) == 1 && authenticate(mac, *found.keys) == 1;
    return !fine ? -1 : found.is_old ? 2 : 1;
}

}  // namespace

bool TicketKeyRing::turn(std::chrono::steady_clock::time_point now) {
    if (current_ && now - current_->made < lifetime_) {
        return true;
    }
    // After a long silence the key before it has no ticket left that could count.
    previous_ = current_ && now - current_->made < 2 * lifetime_ ? std::move(current_) : std::optional<TicketKeys>();
    current_.emplace();
    current_->made = now;
    if (RAND_bytes(current_->name.data(), static_cast<int>(current_->name.size())) != 1 || RAND_priv_bytes(current_->encryption.data(), static_cast<int>(current_->encryption.size())) != 1 ||
        RAND_priv_bytes(current_->authentication.data(), static_cast<int>(current_->authentication.size())) != 1) {
        current_.reset();
        return false;
    }
    return true;
}

TicketKeys* TicketKeyRing::to_seal(std::chrono::steady_clock::time_point now) { return turn(now) ? &*current_ : nullptr; }

TicketKeyRing::Found TicketKeyRing::to_open(const unsigned char* name, std::chrono::steady_clock::time_point now) {
    if (!turn(now)) {
        return {};
    }
    for (auto* keys : {&current_, &previous_}) {
        if (*keys && std::memcmp(name, (*keys)->name.data(), (*keys)->name.size()) == 0) {
            return {&**keys, keys == &previous_};
        }
    }
    return {};
}

base::Result<void> use_ticket_cipher(SSL_CTX* context, const std::string& cipher, std::chrono::seconds lifetime) {
    const EVP_CIPHER* found = EVP_get_cipherbyname(cipher.c_str());
    if (found == nullptr || EVP_CIPHER_get_mode(found) != EVP_CIPH_CBC_MODE || EVP_CIPHER_get_block_size(found) != 16 || EVP_CIPHER_get_key_length(found) < 16 ||
        EVP_CIPHER_get_key_length(found) > 32) {
        return base::fail(base::ErrorKind::invalid, "tls_session_ticket_cipher = " + cipher + ": not a CBC cipher with 128-bit blocks and a key of 128 to 256 bits");
    }
    auto sealing = std::make_unique<Sealing>(found, lifetime);
    if (SSL_CTX_set_ex_data(context, sealing_index(), sealing.get()) != 1) {
        return fail_openssl("tls_session_ticket_cipher");
    }
    static_cast<void>(sealing.release());  // the context frees it
    SSL_CTX_set_tlsext_ticket_key_evp_cb(context, handle_ticket);
    return {};
}

}  // namespace posthouse::net
