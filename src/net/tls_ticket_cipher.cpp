#include "net/tls_ticket_cipher.hpp"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

#include <array>
#include <cstring>
#include <memory>

#include "base/text.hpp"
#include "net/openssl_handles.hpp"

namespace posthouse::net {

namespace {

struct TicketKeys {
    const EVP_CIPHER* cipher = nullptr;
    std::array<unsigned char, 16> name{};
    std::array<unsigned char, 32> encryption{};
    std::array<unsigned char, 32> authentication{};
};

void free_keys(void*, void* keys, CRYPTO_EX_DATA*, int, long, void*) { delete static_cast<TicketKeys*>(keys); }

int keys_index() {
    static const int index = SSL_CTX_get_ex_new_index(0, nullptr, nullptr, nullptr, free_keys);
    return index;
}

int authenticate(EVP_MAC_CTX* mac, TicketKeys& keys) {
    char digest[] = "SHA256";
    const std::array<OSSL_PARAM, 3> parameters{OSSL_PARAM_construct_octet_string(OSSL_MAC_PARAM_KEY, keys.authentication.data(), keys.authentication.size()),
                                               OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0), OSSL_PARAM_construct_end()};
    return EVP_MAC_CTX_set_params(mac, parameters.data());
}

int handle_ticket(SSL* ssl, unsigned char* name, unsigned char* iv, EVP_CIPHER_CTX* cipher, EVP_MAC_CTX* mac, int sealing) {
    auto* keys = static_cast<TicketKeys*>(SSL_CTX_get_ex_data(SSL_get_SSL_CTX(ssl), keys_index()));
    if (sealing == 1) {
        std::memcpy(name, keys->name.data(), keys->name.size());
        const bool fine = RAND_bytes(iv, EVP_CIPHER_get_iv_length(keys->cipher)) == 1 &&
                          EVP_EncryptInit_ex(cipher, keys->cipher, nullptr, keys->encryption.data(), iv) == 1 && authenticate(mac, *keys) == 1;
        return fine ? 1 : -1;
    }
    if (std::memcmp(name, keys->name.data(), keys->name.size()) != 0) {
        return 0;  // sealed by somebody else, or before a reload: a full handshake
    }
    return EVP_DecryptInit_ex(cipher, keys->cipher, nullptr, keys->encryption.data(), iv) == 1 && authenticate(mac, *keys) == 1 ? 1 : -1;
}

}  // namespace

base::Result<void> use_ticket_cipher(SSL_CTX* context, const std::string& cipher) {
    if (cipher.empty() || base::iequals(cipher, "aes-256-cbc")) {
        return {};
    }
    const EVP_CIPHER* found = EVP_get_cipherbyname(cipher.c_str());
    if (found == nullptr || EVP_CIPHER_get_mode(found) != EVP_CIPH_CBC_MODE || EVP_CIPHER_get_block_size(found) != 16 || EVP_CIPHER_get_key_length(found) < 16 ||
        EVP_CIPHER_get_key_length(found) > 32) {
        return base::fail(base::ErrorKind::invalid, "tls_session_ticket_cipher = " + cipher + ": not a CBC cipher with 128-bit blocks and a key of 128 to 256 bits");
    }
    auto keys = std::make_unique<TicketKeys>();
    keys->cipher = found;
    if (RAND_bytes(keys->name.data(), static_cast<int>(keys->name.size())) != 1 || RAND_priv_bytes(keys->encryption.data(), static_cast<int>(keys->encryption.size())) != 1 ||
        RAND_priv_bytes(keys->authentication.data(), static_cast<int>(keys->authentication.size())) != 1) {
        return fail_openssl("tls_session_ticket_cipher");
    }
    if (SSL_CTX_set_ex_data(context, keys_index(), keys.get()) != 1) {
        return fail_openssl("tls_session_ticket_cipher");
    }
    static_cast<void>(keys.release());  // the context frees them
    SSL_CTX_set_tlsext_ticket_key_evp_cb(context, handle_ticket);
    return {};
}

}  // namespace posthouse::net
