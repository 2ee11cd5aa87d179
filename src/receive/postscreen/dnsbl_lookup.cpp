#include "receive/postscreen/dnsbl_lookup.hpp"

#include "base/format.hpp"

namespace posthouse::receive::postscreen {

void DnsblLookup::start(base::IpAddress client) {
    unanswered_ = screen_->dnsbl_domains.size();
    for (std::size_t i = 0; i < screen_->dnsbl_domains.size(); ++i) {
        questions_.spawn(ask(i, client));
    }
}

world::Task<void> DnsblLookup::wait_complete() {
    while (!is_complete()) {
        co_await complete_.wait();
    }
}

world::Task<void> DnsblLookup::ask(std::size_t index, base::IpAddress client) {
    const ScreenSettings& settings = *screen_->settings;
    const DnsblDomain& domain = screen_->dnsbl_domains[index];
    if (settings.dnsblog_reply_delay.count() > 0) {
        co_await core_.clock.sleep_for(settings.dnsblog_reply_delay);
    }
    const world::Deadline deadline = core_.clock.deadline_in(settings.postscreen_dnsbl_timeout);
    world::Task<world::DnsAnswer> asking = core_.resolver.query(dnsbl_question(client, domain.domain), world::RecordType::a, deadline);
    const world::DnsAnswer answer = co_await std::move(asking);
    switch (answer.state) {
        case world::DnsAnswer::State::found:
            for (const world::DnsRecord& record : answer.records) {
                events_.info(settings.dnsblog_label, base::format("addr {} listed by domain {} as {}", client.text(), domain.domain, record.address.text()));
            }
            break;
        case world::DnsAnswer::State::unknown:
            if (deadline.passed(core_.clock.now())) {
                events_.warn(settings.label, base::format("dnsblog reply timeout {}s for {}", settings.postscreen_dnsbl_timeout.count(), domain.domain));
            } else {
                events_.warn(settings.dnsblog_label, base::format("dnsblog_query: lookup error for DNS query {}: {}", dnsbl_question(client, domain.domain), answer.reason));
            }
            break;
        case world::DnsAnswer::State::no_data:
        case world::DnsAnswer::State::no_such_domain: break;
    }
    score_.add(domain, answer);
    if (--unanswered_ == 0) {
        complete_.notify_all();
    }
}

}  // namespace posthouse::receive::postscreen
