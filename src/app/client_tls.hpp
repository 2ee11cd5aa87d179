#pragma once
// For the check at the start: what a TLS client would only find out when it connects.
#include "config/findings.hpp"
#include "config/snapshot.hpp"
#include "world/files.hpp"
#include "world/tls.hpp"

namespace posthouse::app {

/// One error for each file of smtp_tls_… and lmtp_tls_… that main.cf or a smtp row of master.cf names and that cannot be read, and
/// for each list of protocols that the library does not know. Transports that do not use TLS are not asked.
void check_client_tls(const config::Configuration& configuration, world::Files& files, world::TlsEngine& tls, config::Findings& findings);

}  // namespace posthouse::app
