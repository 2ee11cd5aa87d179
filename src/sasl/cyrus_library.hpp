#pragma once
// The Cyrus SASL library (libsasl2) behind two nouns: what a service offers, and one login. Builds without it have
// cyrus_library_missing.cpp instead.
#include <memory>
#include <string>
#include <vector>

#include "sasl/cyrus_config.hpp"
#include "sasl/password_backend.hpp"

namespace posthouse::sasl {

struct CyrusSettings {
    CyrusConfig config;
    std::string server_name;  // myhostname: the realm of sasldb entries if there is no other, and what DIGEST-MD5 shows
    std::string realm;        // smtpd_sasl_local_domain
    std::string service = "smtp";
};

/// One login. Every call may block: saslauthd, databases. One call at a time, on any thread.
class CyrusLogin {
public:
    virtual ~CyrusLogin() = default;
    [[nodiscard]] virtual Step start(const AuthRequest& request) = 0;
    [[nodiscard]] virtual Step step(std::string_view base64_line) = 0;
};

/// The mechanisms that the plug-ins of this machine and mech_list make. The first call loads the plug-ins, with `settings` for those
/// that read theirs only then. An error: the library cannot be used.
[[nodiscard]] base::Result<std::vector<Mechanism>> cyrus_mechanisms(const std::shared_ptr<const CyrusSettings>& settings);

/// After cyrus_mechanisms().
[[nodiscard]] std::unique_ptr<CyrusLogin> make_cyrus_login(std::shared_ptr<const CyrusSettings> settings);

}  // namespace posthouse::sasl
