#pragma once
// Certificates for tests, made on the spot.
#include <string>
#include <vector>

#include "net/openssl_handles.hpp"

namespace posthouse::net {

struct TestCertificate {
    KeyHandle key;
    CertificateHandle certificate;
    [[nodiscard]] std::string key_pem() const;
    [[nodiscard]] std::string certificate_pem() const;
};

struct TestCertificateRequest {
    std::string common_name;
    std::vector<std::string> dns_names = {};
    const TestCertificate* issuer = nullptr;  // null: signed by itself
    bool authority = false;
    bool ecdsa = false;
};
TestCertificate make_test_certificate(const TestCertificateRequest& request);

/// A folder that vanishes with its files.
class TestFolder {
public:
    TestFolder();
    ~TestFolder();
    TestFolder(const TestFolder&) = delete;
    TestFolder& operator=(const TestFolder&) = delete;
    /// Returns the path.
    std::string write(const std::string& name, const std::string& text) const;

private:
    std::string path_ = "/tmp/posthouse_test_XXXXXX";
};

}  // namespace posthouse::net
