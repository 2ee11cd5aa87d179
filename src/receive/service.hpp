#pragma once
// SmtpdService: everything one smtpd row of master.cf needs on one core, ready made. Immutable: a session keeps the one it
// began with through reloads.
#include <memory>
#include <string>
#include <vector>

#include "mail/intake.hpp"
#include "mail/queue_admin.hpp"
#include "mail/router.hpp"
#include "message/date.hpp"
#include "milter/chain.hpp"
#include "observe/event.hpp"
#include "receive/client_limits.hpp"
#include "receive/proxy_filter.hpp"
#include "receive/restrictions/evaluator.hpp"
#include "receive/settings.hpp"
#include "sasl/password_backend.hpp"
#include "tables/match_list.hpp"
#include "tables/map_list.hpp"
#include "world/cores.hpp"
#include "world/tls.hpp"

namespace posthouse::receive {

struct SmtpdService {
    std::shared_ptr<const SmtpdSettings> settings;
    RestrictionList client, helo, sender, relay, recipient, data, end_of_data, etrn;
    /// Why nobody can be served, e.g. no restriction refuses to relay; empty: all is well.
    std::string cannot_serve;
    std::shared_ptr<const tables::MatchList> limit_exceptions;       // smtpd_client_event_limit_exceptions
    std::shared_ptr<const tables::MapList> discard_ehlo_keyword_maps;  // smtpd_discard_ehlo_keyword_address_maps
    std::shared_ptr<const tables::MapList> command_filter;       // smtpd_command_filter; null: none
    std::shared_ptr<const tables::MapList> reject_footer_maps;   // null: none
    std::shared_ptr<const tables::MatchList> noop_commands, forbidden_commands;  // null: none
    std::shared_ptr<const tables::MatchList> bare_newline_exclusions;            // null: nobody
    std::shared_ptr<const tables::MatchList> sasl_exceptions;        // smtpd_sasl_exceptions_networks
    std::vector<base::IpAddress> header_rewrite_addresses;             // permit_inet_interfaces of local_header_rewrite_clients
    std::shared_ptr<const tables::MatchList> xclient_hosts, xforward_hosts;  // smtpd_authorized_…_hosts; null: nobody
    std::shared_ptr<const tables::MatchList> verp_clients;             // smtpd_authorized_verp_clients; null: nobody
    std::shared_ptr<const tables::MatchList> fast_flush_domains;       // null: none
    std::shared_ptr<const tables::MatchList> header_rewrite_networks;  // permit_mynetworks there; null: not listed
    bool header_rewrite_authenticated = false;
    std::shared_ptr<const world::TlsServerContext> tls;  // null: no TLS, or it could not be set up
    std::shared_ptr<const tables::MatchList> sasl_mechanism_filter;  // null: all
    std::shared_ptr<const ProxyFilterSettings> proxy_filter;  // of this core; null: none
    std::shared_ptr<const milter::Milters> milters;      // smtpd_milters; null: none
    std::shared_ptr<const tables::MapList> milter_maps;  // smtpd_milter_maps; null: none
    std::function<base::Result<std::shared_ptr<const milter::Milters>>(std::string_view list)> make_milters;  // of what those maps say
    std::shared_ptr<const milter::Milters> local_milters;  // non_smtpd_milters, for stand_alone; null: none
    std::shared_ptr<sasl::SaslBackend> sasl;             // of this core; null: no SASL
    sasl::SecurityOptions sasl_security_options, sasl_tls_security_options;
    std::function<message::Zone(world::WallTime)> zone;
    bool local_socket = false;  // every client is a process of this host (a unix row); smtpd takes it for 127.0.0.1
    bool stand_alone = false;  // sendmail -bs
    bool screened = false;     // behind postscreen, which has greeted its clients already
    std::string client_name;  // not empty: of every client, without asking the resolver (sendmail -bs)
};

/// The doors a session works with; they outlive it.
struct SessionDoors {
    mail::Intake& intake;
    mail::Router& router;
    observe::EventSink& events;
    ClientLimits& limits;
    world::Core& core;
    mail::QueueAdmin* queue = nullptr;  // for ETRN; null: nothing can be flushed
};

}  // namespace posthouse::receive
