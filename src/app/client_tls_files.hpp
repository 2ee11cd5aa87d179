#pragma once
// For the check at the start: files of TLS as a client that cannot be read.
#include "config/findings.hpp"
#include "config/snapshot.hpp"
#include "world/files.hpp"

namespace posthouse::app {

/// One error for each file of smtp_tls_… and lmtp_tls_… that main.cf or a smtp row of master.cf names and that cannot be read.
/// Transports that do not use TLS are not asked.
void check_client_tls_files(const config::Configuration& configuration, world::Files& files, config::Findings& findings);

}  // namespace posthouse::app
