#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>

#include "net/test_certificate.hpp"

namespace posthouse::net {

namespace {
std::string text_of(BIO* memory) {
    char* data = nullptr;
    const long length = BIO_ctrl(memory, BIO_CTRL_INFO, 0, &data);
    return {data, static_cast<std::size_t>(length)};
}

void add_extension(X509* certificate, int nid, const std::string& value) {
    X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, nullptr, nid, value.c_str());
    X509_add_ext(certificate, extension, -1);
    X509_EXTENSION_free(extension);
}
}  // namespace

std::string TestCertificate::key_pem() const {
    const BioHandle memory(BIO_new(BIO_s_mem()));
    PEM_write_bio_PrivateKey(memory.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr);
    return text_of(memory.get());
}

std::string TestCertificate::certificate_pem() const {
    const BioHandle memory(BIO_new(BIO_s_mem()));
    PEM_write_bio_X509(memory.get(), certificate.get());
    return text_of(memory.get());
}

TestCertificate make_test_certificate(const TestCertificateRequest& request) {
    TestCertificate made;
    made.key.reset(request.ecdsa ? EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256")
                                 : EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", std::size_t{2048}));
    made.certificate.reset(X509_new());
    X509* certificate = made.certificate.get();
    X509_set_version(certificate, X509_VERSION_3);
    static long serial = 0;
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), ++serial);
    X509_gmtime_adj(X509_getm_notBefore(certificate), -3600);
    X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
    X509_set_pubkey(certificate, made.key.get());
    X509_NAME_add_entry_by_NID(X509_get_subject_name(certificate), NID_commonName, MBSTRING_UTF8,
                               reinterpret_cast<const unsigned char*>(request.common_name.data()),
                               static_cast<int>(request.common_name.size()), -1, 0);
    const TestCertificate& issuer = request.issuer != nullptr ? *request.issuer : made;
    X509_set_issuer_name(certificate, X509_get_subject_name(issuer.certificate.get()));
    if (request.authority) {
        add_extension(certificate, NID_basic_constraints, "critical,CA:TRUE");
    }
    std::string names;
    for (const std::string& name : request.dns_names) {
        names += (names.empty() ? "DNS:" : ",DNS:") + name;
    }
    if (!names.empty()) {
        add_extension(certificate, NID_subject_alt_name, names);
    }
    X509_sign(certificate, issuer.key.get(), EVP_sha256());
    return made;
}

TestFolder::TestFolder() {
    if (::mkdtemp(path_.data()) == nullptr) {
        throw std::runtime_error("no folder for the test");
    }
}
TestFolder::~TestFolder() { std::filesystem::remove_all(path_); }
std::string TestFolder::write(const std::string& name, const std::string& text) const {
    const std::string path = path_ + '/' + name;
    std::ofstream(path) << text;
    return path;
}

}  // namespace posthouse::net
