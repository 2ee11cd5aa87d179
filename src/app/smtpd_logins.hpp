#pragma once
// Who checks the logins of an smtpd service: smtpd_sasl_type, smtpd_sasl_path and what they name.
#include "app/smtpd_services.hpp"
#include "sasl/cyrus_config.hpp"

namespace posthouse::app {

/// Fills the SASL part of `service`; what is wrong goes to the findings, and nobody can log in then.
void make_logins(receive::SmtpdService& service, const config::View& view, const config::Service& row, const SmtpdParts& parts);

/// NAME.conf of a service with smtpd_sasl_type = cyrus.
[[nodiscard]] base::Result<sasl::CyrusConfig> cyrus_config(const config::View& view, world::Files& files, const std::function<void(std::string)>& warn);

}  // namespace posthouse::app
