#pragma once
// SimTls: TLS without cryptography. A handshake exchanges identities; certificates are values, known by a file name.
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "world/tls.hpp"

namespace posthouse::sim {

struct Certificate {
    std::vector<std::string> names;  // the first is the common name
    std::string issuer = "Simulated CA";
    bool issuer_known = true;        // to those who trust any CA at all

    [[nodiscard]] std::string encode() const;
    /// nullopt: no certificate was sent.
    [[nodiscard]] static std::optional<Certificate> decode(const std::string& message);
};

struct SimTlsServerContext final : world::TlsServerContext {
    world::TlsServerSettings settings;
    Certificate certificate;
};

struct SimTlsClientContext final : world::TlsClientContext {
    world::TlsClientSettings settings;
    std::optional<Certificate> certificate;
};

class SimTls final : public world::TlsEngine {
public:
    void add_certificate(std::string chain_file, Certificate certificate) { certificates_[std::move(chain_file)] = std::move(certificate); }
    base::Result<std::shared_ptr<const world::TlsServerContext>> server_context(const world::TlsServerSettings& settings) override;
    base::Result<std::shared_ptr<const world::TlsClientContext>> client_context(const world::TlsClientSettings& settings) override;

private:
    std::map<std::string, Certificate> certificates_;
};

enum class Trust { nobody, known_issuers };
/// What a side concludes from the other's certificate.
[[nodiscard]] world::TlsSession judge(const std::optional<Certificate>& certificate, Trust trust, const std::vector<std::string>& match_names,
                                      world::PeerVerification verification);

}  // namespace posthouse::sim
