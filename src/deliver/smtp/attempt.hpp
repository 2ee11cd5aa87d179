#pragma once
// One attempt at one request: sites in order (the nexthops, then smtp_fallback_relay), hosts of each, until every
// recipient is decided.
#include "checks/check_set.hpp"
#include "deliver/smtp/bdat_refusals.hpp"
#include "deliver/smtp/client_notice.hpp"
#include "deliver/smtp/connection_cache.hpp"
#include "deliver/smtp/connector.hpp"
#include "deliver/smtp/ledger.hpp"
#include "deliver/smtp/opening.hpp"
#include "deliver/smtp/tls_contexts.hpp"
#include "mail/delivery_agent.hpp"
#include "tables/match_list.hpp"

namespace posthouse::deliver {

struct SmtpTables {
    tables::MapList smtp_tls_policy_maps;
    tables::MapList smtp_sasl_password_maps;
    tables::MapList smtp_discard_ehlo_keyword_address_maps;
    tables::MapList smtp_reply_filter;
    tables::MapList smtp_dns_reply_filter;
    tables::MatchList smtp_connection_cache_destinations;
    checks::CheckSet checks;  // smtp_header_checks and its kin
};

/// The parts of an agent that an attempt uses.
struct SmtpParts {
    const SmtpSettings& settings;
    const SmtpTables& tables;
    Connector& connector;
    ConnectionCache& cache;
    BdatRefusals& bdat_refusals;
    SaslRefusals& sasl_refusals;
    const NoticeDoors& notice_doors;
    TlsContexts& tls_contexts;
    world::Clock& clock;
    observe::EventSink& events;
};

class Attempt {
public:
    Attempt(const mail::DeliveryRequest& request, Ledger& ledger, SmtpParts parts)
        : request_(request), ledger_(ledger), parts_(parts), started_at_(parts.clock.now()) {}

    [[nodiscard]] world::Task<void> run();

private:
    world::Task<void> try_site(Nexthop nexthop);
    /// Hosts that had their say in a session that was kept.
    world::Task<std::vector<base::Endpoint>> reuse_sessions(const Nexthop& nexthop);
    world::Task<void> try_hosts(Nexthop nexthop, dns::MailHosts hosts, TlsPolicy policy, std::vector<base::Endpoint> asked);
    world::Task<bool> try_host(dns::MailHost host, const Nexthop& nexthop, const TlsPolicy& policy);
    world::Task<std::expected<OpeningPlan, mail::Outcome>> plan_for(const Session& session, const Nexthop& nexthop,
                                                                    TlsPolicy policy);
    world::Task<std::expected<TlsPolicy, mail::Outcome>> find_policy(const Nexthop& nexthop);
    struct Used {
        bool mail_answered, not_with_bdat, broke_off;
    };
    world::Task<Used> use(std::unique_ptr<Session> session, const Nexthop& nexthop);
    [[nodiscard]] bool may_fall_back_to_plaintext(const OpeningPlan& plan) const;
    [[nodiscard]] std::string cache_key(const Nexthop& nexthop) const;
    void settle_site_failure();
    void note(const mail::Outcome& outcome);
    void say_why_going_on();
    world::Task<void> complain_about(Session& session);

    const mail::DeliveryRequest& request_;
    Ledger& ledger_;
    SmtpParts parts_;
    world::SteadyTime started_at_;
    // Why the site tried last has no hosts. A permanent reason counts only when no other site is left.
    std::optional<mail::Outcome> site_failure_;
    bool at_fallback_ = false;
    std::optional<std::uint16_t> best_preference_;  // of the site's MX records
    bool own_is_listed_ = false;                    // among those hosts, as a backup
};

}  // namespace posthouse::deliver
