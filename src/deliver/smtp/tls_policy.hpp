#pragma once
// Whether and how a session must be secured: smtp_tls_security_level, smtp_tls_policy_maps (TLS_README). No I/O.
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "deliver/smtp/nexthop.hpp"
#include "world/tls.hpp"

namespace posthouse::deliver {

enum class TlsLevel : std::uint8_t { none, may, encrypt, dane, dane_only, fingerprint, verify, secure };

[[nodiscard]] std::optional<TlsLevel> parse_tls_level(std::string_view text);
[[nodiscard]] inline bool is_mandatory(TlsLevel level) {
    return level != TlsLevel::none && level != TlsLevel::may;
}
[[nodiscard]] inline bool needs_verification(TlsLevel level) {
    return level == TlsLevel::verify || level == TlsLevel::secure;
}

struct TlsSettings {
    TlsLevel smtp_tls_security_level = TlsLevel::none;
    std::string smtp_tls_protocols = ">=TLSv1.2";
    std::string smtp_tls_mandatory_protocols = ">=TLSv1.2";
    std::string smtp_tls_ciphers = "medium";
    std::string smtp_tls_mandatory_ciphers = "medium";
    std::string smtp_tls_exclude_ciphers;
    std::string smtp_tls_mandatory_exclude_ciphers;
    std::vector<std::string> smtp_tls_verify_cert_match{"hostname"};
    std::vector<std::string> smtp_tls_secure_cert_match{"nexthop", "dot-nexthop"};
    std::string smtp_tls_servername;
    std::string smtp_tls_CAfile, smtp_tls_CApath;
    bool tls_append_default_CA = false;
    bool tls_wildcard_matches_multiple_labels = true;
    std::vector<std::string> smtp_tls_fingerprint_cert_match;
    std::string smtp_tls_fingerprint_digest = "sha256";
    int smtp_tls_scert_verifydepth = 9;
    world::TlsToolkitSettings toolkit;
    std::vector<std::string> chain_files, key_files;  // smtp_tls_chain_files, or smtp_tls_cert_file and its kin
};

struct TlsPolicy {
    TlsLevel level = TlsLevel::none;
    std::vector<std::string> match;  // strategies and names ("nexthop", "mx.example.net"), or fingerprints
    std::string protocols, ciphers, exclude_ciphers;
    std::string servername;
    friend bool operator==(const TlsPolicy&, const TlsPolicy&) = default;
};

/// What main.cf alone says for a level.
[[nodiscard]] TlsPolicy policy_for(TlsLevel level, const TlsSettings& settings);
/// A value of smtp_tls_policy_maps: "secure match=a:b protocols=>=TLSv1.3". The error is a text for the log.
[[nodiscard]] std::expected<TlsPolicy, std::string> parse_policy(std::string_view value, const TlsSettings& settings);
/// Keys to look for, in order: the nexthop as written; for a plain domain also its parents with a leading dot.
[[nodiscard]] std::vector<std::string> policy_keys(const Nexthop& nexthop);

/// Names one of which the certificate must carry.
[[nodiscard]] std::vector<std::string> names_to_match(const TlsPolicy& policy, const Nexthop& nexthop,
                                                      std::string_view host);
/// Level `fingerprint`: whether the certificate or its public key is one of those named.
[[nodiscard]] bool has_expected_fingerprint(const TlsPolicy& policy, const world::TlsSession& session);
/// "Trusted TLS connection established to H[ip]:port: TLSv1.3 with cipher X (256/256 bits)".
[[nodiscard]] std::string established_text(const world::TlsSession& session, std::string_view relay);
[[nodiscard]] world::TlsClientSettings client_settings(const TlsPolicy& policy, const TlsSettings& settings);

}  // namespace posthouse::deliver
