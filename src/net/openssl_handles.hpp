#pragma once
// OpenSSL's objects with owners, and its error queue as text.
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <memory>
#include <string>
#include <system_error>

#include "base/result.hpp"

namespace posthouse::net {

template <auto free_function>
struct OpensslDeleter {
    template <class T>
    void operator()(T* object) const {
        free_function(object);
    }
};
using BioHandle = std::unique_ptr<BIO, OpensslDeleter<BIO_free_all>>;
using ContextHandle = std::unique_ptr<SSL_CTX, OpensslDeleter<SSL_CTX_free>>;
using SslHandle = std::unique_ptr<SSL, OpensslDeleter<SSL_free>>;
using SessionHandle = std::unique_ptr<SSL_SESSION, OpensslDeleter<SSL_SESSION_free>>;
using KeyHandle = std::unique_ptr<EVP_PKEY, OpensslDeleter<EVP_PKEY_free>>;
using CertificateHandle = std::unique_ptr<X509, OpensslDeleter<X509_free>>;

/// The system's reason if that is where the trouble began, else the newest error's; empties the queue.
[[nodiscard]] inline std::string take_openssl_error() {
    const unsigned long first = ERR_peek_error();
    if (ERR_GET_LIB(first) == ERR_LIB_SYS) {
        ERR_clear_error();
        return std::generic_category().message(ERR_GET_REASON(first));
    }
    const unsigned long code = ERR_peek_last_error();
    const char* reason = code == 0 ? nullptr : ERR_reason_error_string(code);
    ERR_clear_error();
    return reason == nullptr ? "unknown error" : reason;
}

[[nodiscard]] inline std::unexpected<base::Error> fail_openssl(const std::string& doing) {
    return base::fail(base::ErrorKind::tls, doing + ": " + take_openssl_error());
}

}  // namespace posthouse::net
