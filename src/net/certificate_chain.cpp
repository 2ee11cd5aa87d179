#include "net/certificate_chain.hpp"

#include <openssl/pem.h>

#include <cerrno>
#include <string_view>
#include <vector>

#include "base/format.hpp"
#include "net/system_error.hpp"

namespace posthouse::net {

namespace {

// One key and the certificates that came after it, the key's own first.
struct Chain {
    KeyHandle key;
    std::vector<CertificateHandle> certificates;
};

struct PemObject {
    std::string name;
    std::string header;
    std::string data;  // DER
};

base::Result<std::vector<PemObject>> read_pem(BIO* source, const std::string& path) {
    std::vector<PemObject> objects;
    for (;;) {
        char* name = nullptr;
        char* header = nullptr;
        unsigned char* data = nullptr;
        long length = 0;
        if (PEM_read_bio(source, &name, &header, &data, &length) != 1) {
            break;
        }
        objects.push_back({name, header, {reinterpret_cast<const char*>(data), static_cast<std::size_t>(length)}});
        OPENSSL_free(name);
        OPENSSL_free(header);
        OPENSSL_clear_free(data, static_cast<std::size_t>(length));
    }
    const bool at_end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
    if (!at_end) {
        return fail_openssl(path);
    }
    ERR_clear_error();
    return objects;
}

base::Result<std::vector<PemObject>> read_pem(const std::string& path) {
    errno = 0;
    const BioHandle file(BIO_new_file(path.c_str(), "r"));
    if (!file) {
        ERR_clear_error();
        return fail_system(errno != 0 ? errno : EIO, path);
    }
    return read_pem(file.get(), path);
}

base::Result<KeyHandle> to_key(const PemObject& object, const std::string& path) {
    if (object.name == "ENCRYPTED PRIVATE KEY" || object.header.find("ENCRYPTED") != std::string::npos) {
        return base::fail(base::ErrorKind::tls, path + ": the private key is protected by a password");
    }
    const auto* bytes = reinterpret_cast<const unsigned char*>(object.data.data());
    KeyHandle key(d2i_AutoPrivateKey(nullptr, &bytes, static_cast<long>(object.data.size())));
    if (!key) {
        return fail_openssl(path + ": malformed private key");
    }
    return key;
}

base::Result<CertificateHandle> to_certificate(const PemObject& object, const std::string& path) {
    const auto* bytes = reinterpret_cast<const unsigned char*>(object.data.data());
    CertificateHandle certificate(d2i_X509_AUX(nullptr, &bytes, static_cast<long>(object.data.size())));
    if (!certificate) {
        return fail_openssl(path + ": malformed certificate");
    }
    return certificate;
}

bool is_key(const PemObject& object) { return object.name.ends_with("PRIVATE KEY"); }
bool is_certificate(const PemObject& object) { return object.name.ends_with("CERTIFICATE"); }

base::Result<KeyHandle> read_key(const std::string& path) {
    const auto objects = read_pem(path);
    if (!objects) {
        return std::unexpected(objects.error());
    }
    for (const PemObject& object : *objects) {
        if (is_key(object)) {
            return to_key(object, path);
        }
    }
    return base::fail(base::ErrorKind::tls, path + ": no private key");
}

base::Result<std::vector<Chain>> to_chains(const std::vector<PemObject>& objects, const std::string& path, const std::string& key_file) {
    const auto keys = std::count_if(objects.begin(), objects.end(), is_key);
    std::vector<Chain> chains;
    if (!key_file.empty() || keys == 1) {
        chains.emplace_back();  // all certificates are of the one key, wherever it stands
    }
    if (!key_file.empty()) {
        auto key = read_key(key_file);
        if (!key) {
            return std::unexpected(key.error());
        }
        chains[0].key = std::move(*key);
    } else if (keys == 0) {
        return base::fail(base::ErrorKind::tls, path + ": no private key");
    }
    for (const PemObject& object : objects) {
        if (is_key(object) && key_file.empty()) {
            auto key = to_key(object, path);
            if (!key) {
                return std::unexpected(key.error());
            }
            if (keys > 1) {
                chains.emplace_back();
            }
            chains.back().key = std::move(*key);
        } else if (is_certificate(object)) {
            if (chains.empty()) {
                return base::fail(base::ErrorKind::tls, path + ": a certificate stands before the first private key");
            }
            auto certificate = to_certificate(object, path);
            if (!certificate) {
                return std::unexpected(certificate.error());
            }
            chains.back().certificates.push_back(std::move(*certificate));
        }
    }
    return chains;
}

// `use`: SSL_CTX_use_cert_and_key or SSL_use_cert_and_key on its object.
template <class Use>
base::Result<void> use_chains(const std::vector<Chain>& chains, const std::string& path, const std::string& key_file, Use use) {
    for (const Chain& chain : chains) {
        if (chain.certificates.empty()) {
            return base::fail(base::ErrorKind::tls, path + ": no certificate");
        }
        X509* own = chain.certificates[0].get();
        if (X509_check_private_key(own, chain.key.get()) != 1) {
            ERR_clear_error();
            const std::string& holder = key_file.empty() ? path : key_file;
            return base::fail(base::ErrorKind::tls, base::format("{}: the private key does not match the certificate in {}", holder, path));
        }
        STACK_OF(X509)* rest = sk_X509_new_null();
        for (std::size_t i = 1; i < chain.certificates.size(); ++i) {
            sk_X509_push(rest, chain.certificates[i].get());
        }
        const int used = use(own, chain.key.get(), rest);
        sk_X509_free(rest);
        if (used != 1) {
            return fail_openssl(path);
        }
    }
    return {};
}

}  // namespace

base::Result<void> use_chain(SSL_CTX* context, const std::string& chain_file, const std::string& key_file) {
    const auto objects = read_pem(chain_file);
    if (!objects) {
        return std::unexpected(objects.error());
    }
    const auto chains = to_chains(*objects, chain_file, key_file);
    if (!chains) {
        return std::unexpected(chains.error());
    }
    return use_chains(*chains, chain_file, key_file,
                      [context](X509* own, EVP_PKEY* key, STACK_OF(X509) * rest) { return SSL_CTX_use_cert_and_key(context, own, key, rest, 1); });
}

base::Result<void> use_chain_text(SSL* ssl, const std::string& pem, const std::string& name) {
    const BioHandle source(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
    const auto objects = read_pem(source.get(), name);
    if (!objects) {
        return std::unexpected(objects.error());
    }
    const auto chains = to_chains(*objects, name, {});
    if (!chains) {
        return std::unexpected(chains.error());
    }
    return use_chains(*chains, name, {}, [ssl](X509* own, EVP_PKEY* key, STACK_OF(X509) * rest) { return SSL_use_cert_and_key(ssl, own, key, rest, 1); });
}

std::optional<std::chrono::system_clock::time_point> first_certificate_end(const std::string& pem) {
    const BioHandle source(BIO_new_mem_buf(pem.data(), static_cast<int>(std::min<std::size_t>(pem.size(), 1U << 20U))));
    const CertificateHandle certificate(source ? PEM_read_bio_X509(source.get(), nullptr, nullptr, nullptr) : nullptr);
    std::tm when{};
    if (!certificate || ASN1_TIME_to_tm(X509_get0_notAfter(certificate.get()), &when) != 1) {
        ERR_clear_error();
        return std::nullopt;
    }
    return std::chrono::system_clock::from_time_t(::timegm(&when));
}

}  // namespace posthouse::net
