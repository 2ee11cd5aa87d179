#pragma once
// Saslauthd: asks Cyrus saslauthd over its "mux" socket. smtpd_sasl_type = cyrus, pwcheck_method: saslauthd.
#include <string>
#include <string_view>

#include "sasl/exchange_backend.hpp"
#include "world/network.hpp"

namespace posthouse::sasl {

struct SaslauthdSettings {
    std::string socket_path = "/var/run/saslauthd/mux";  // saslauthd_path of smtpd.conf
    std::string service = "smtp";
    std::string realm = {};  // smtpd_sasl_local_domain
};

/// The keys of smtpd.conf (smtpd_sasl_path, cyrus_sasl_config_path) that matter here.
struct CyrusConfig {
    std::string pwcheck_method = "auxprop";  // only "saslauthd" is served
    std::string saslauthd_path = "/var/run/saslauthd/mux";
    std::string mech_list = {};
};
/// Lines of "key: value"; other keys and comments are skipped.
[[nodiscard]] CyrusConfig parse_cyrus_config(std::string_view text);

class Saslauthd final : public PasswordChecker {
public:
    Saslauthd(SaslauthdSettings settings, world::Network& network) : settings_(std::move(settings)), network_(network) {}
    /// Of "user@realm" the realm goes in place of the configured one, as with libsasl2.
    world::Task<PasswordVerdict> check(std::string user, std::string password, world::Deadline deadline) override;

private:
    SaslauthdSettings settings_;
    world::Network& network_;
};

}  // namespace posthouse::sasl
