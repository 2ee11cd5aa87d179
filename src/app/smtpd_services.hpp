#pragma once
// From an smtpd row of master.cf to the SmtpdService of one core.
#include <map>
#include <memory>
#include <string>

#include "app/interfaces.hpp"
#include "app/world.hpp"
#include "receive/service.hpp"
#include "sasl/cyrus_backend.hpp"

namespace posthouse::app {

/// Contexts are made once for all cores.
using TlsContextCache = std::map<std::string, base::Result<std::shared_ptr<const world::TlsServerContext>>>;

/// So are the services of Cyrus SASL; its work has one limit for the process's generation.
struct LoginCache {
    std::shared_ptr<const sasl::LoginLine> line;
    std::map<std::string, base::Result<sasl::CyrusService>> cyrus;
};

struct SmtpdParts {
    const ServerWorld& world;
    mail::Router& router;
    world::Core& core;
    const Interfaces& interfaces;
    tables::OpenContext open;
    config::Findings& findings;
    TlsContextCache& tls_contexts;
    LoginCache& logins;
    mail::AddressVerifier* verifier;
    std::shared_ptr<receive::PolicyClients> policy_clients = {};
};

[[nodiscard]] std::shared_ptr<const receive::SmtpdService> make_smtpd_service(const config::View& view, const config::Service& row, const SmtpdParts& parts);
/// What "sendmail -bs" talks to: smtpd(8) stand-alone. A local user may do what sendmail lets him do, so there are no access
/// lists, no TLS and no login.
[[nodiscard]] std::shared_ptr<const receive::SmtpdService> make_stand_alone_service(const config::View& view, const config::View& cleanup, const SmtpdParts& parts);

}  // namespace posthouse::app
