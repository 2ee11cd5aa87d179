#pragma once
// TLS of an smtpd row: from smtpd_tls_… and tls_… to a context.
#include "app/smtpd_services.hpp"

namespace posthouse::app {

/// Sets service.tls, once per row for all cores. What cannot be set up is told, and STARTTLS will answer 454.
void make_tls(receive::SmtpdService& service, const config::View& view, const config::Service& row, const SmtpdParts& parts);

}  // namespace posthouse::app
