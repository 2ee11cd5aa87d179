#pragma once
// SmtpAgent: smtp(8), the delivery agent of one "smtp" or "relay" service of master.cf. One per core and service.
#include "deliver/smtp/attempt.hpp"
#include "deliver/smtp/dns_reply_filter.hpp"

namespace posthouse::deliver {

class SmtpAgent final : public mail::DeliveryAgent {
public:
    SmtpAgent(SmtpSettings settings, SmtpTables tables, world::Clock& clock, world::Network& network,
              world::Resolver& resolver, world::Random& random, world::TlsEngine& tls_engine,
              observe::EventSink& events, NoticeDoors notice_doors = {});

    /// See DeliveryAgent. Outcome::action is empty for a delivery whose NOTIFY went along to a server with DSN: that
    /// server reports, we do not.
    world::Task<std::vector<mail::Outcome>> deliver(mail::DeliveryRequest request) override;
    /// As far as the reply to RCPT, or to DATA (smtp_address_verify_target).
    world::Task<std::vector<mail::Outcome>> verify(mail::DeliveryRequest request) override { return deliver(std::move(request)); }
    world::Task<void> stop() override;

private:
    const SmtpSettings settings_;
    const SmtpTables tables_;
    const NoticeDoors notice_doors_;
    world::Clock& clock_;
    observe::EventSink& events_;
    DnsReplyFilter resolver_;
    Connector connector_;
    TlsContexts tls_contexts_;
    ConnectionCache cache_;
    BdatRefusals bdat_refusals_;
    SaslRefusals sasl_refusals_;
};

}  // namespace posthouse::deliver
