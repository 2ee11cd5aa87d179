#include "deliver/smtp/agent.hpp"

#include "base/assert.hpp"

namespace posthouse::deliver {

SmtpAgent::SmtpAgent(SmtpSettings settings, SmtpTables tables, world::Clock& clock, world::Network& network,
                     world::Resolver& resolver, world::Random& random, world::TlsEngine& tls_engine,
                     observe::EventSink& events, NoticeDoors notice_doors)
    : settings_(std::move(settings)),
      tables_(std::move(tables)),
      notice_doors_(std::move(notice_doors)),
      clock_(clock),
      events_(events),
      resolver_(resolver, tables_.smtp_dns_reply_filter, events, settings_.speaker),
      connector_(settings_, clock, network, resolver_, random, events),
      tls_contexts_(settings_.tls, tls_engine, events, settings_.speaker),
      cache_(settings_, clock) {}

world::Task<std::vector<mail::Outcome>> SmtpAgent::deliver(mail::DeliveryRequest request) {
    PH_ASSERT(request.addresses.size() == request.recipients.size());
    Ledger ledger(request.recipients.size());
    try {
        Attempt attempt(request, ledger, {settings_, tables_, connector_, cache_, bdat_refusals_, sasl_refusals_, notice_doors_, tls_contexts_, clock_, events_});
        co_await attempt.run();
    } catch (const world::Cancelled&) {
        // What has been delivered must be known, or it is delivered again.
        if (!ledger.any_delivered()) {
            throw;
        }
    } catch (const std::exception& e) {
        events_.on(settings_.speaker, observe::Remark{observe::Severity::error, request.id.text(), e.what()});
    }
    co_return ledger.outcomes();
}

world::Task<void> SmtpAgent::stop() {
    co_await cache_.stop();
}

}  // namespace posthouse::deliver
