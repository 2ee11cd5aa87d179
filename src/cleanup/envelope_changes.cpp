#include "cleanup/envelope_changes.hpp"

#include <utility>

#include "base/format.hpp"
#include "base/text.hpp"
#include "mail/verp.hpp"

namespace posthouse::cleanup {

void redirect(mail::Envelope& envelope, const mail::Router& router) {
    if (envelope.redirect.empty() || envelope.recipients.empty()) {
        return;
    }
    envelope.recipients.resize(1);
    envelope.recipients.front().address = router.rewrite(std::exchange(envelope.redirect, {}));
}

void add_copies(mail::Envelope& envelope, const std::vector<std::string>& addresses, const mail::Router& router) {
    for (const std::string& address : addresses) {
        mail::Recipient copy;
        copy.original_address = address;
        copy.address = router.rewrite(address);
        copy.original_recipient = "rfc822;" + address;
        copy.notify.never = true;
        envelope.recipients.push_back(std::move(copy));
    }
}

world::Task<std::optional<mail::Expansion>> follow_aliases(mail::Envelope& envelope, const mail::Router& router) {
    std::vector<mail::Recipient> expanded;
    for (const mail::Recipient& recipient : envelope.recipients) {
        world::Task<mail::Expansion> expanding = router.expand(recipient.address);
        mail::Expansion expansion = co_await std::move(expanding);
        if (expansion.state != mail::Expansion::State::done) {
            co_return expansion;
        }
        for (const std::string& address : expansion.addresses) {
            expanded.push_back(recipient);
            expanded.back().address = address;
        }
    }
    envelope.recipients = std::move(expanded);
    co_return std::nullopt;
}

mail::IntakeRefusal unexpanded(const mail::Expansion& expansion) {
    using Reason = mail::IntakeRefusal::Reason;
    if (expansion.state == mail::Expansion::State::unknown) {
        return {Reason::spool_failure, expansion.reason};
    }
    return {Reason::rejected_for_now, "4.6.0 Alias expansion error", smtp::Reply::make(451, "4.6.0 Alias expansion error")};
}

std::string drop_bad_verp(mail::Envelope& envelope, const std::string& delimiter_filter) {
    std::string problem;
    if (envelope.verp_delimiters.empty()) {
        return problem;
    }
    if (envelope.reverse_path.is_null()) {
        problem = "ignoring VERP request for null sender";
    } else if (!mail::are_verp_delimiters(envelope.verp_delimiters, delimiter_filter)) {
        problem = base::format("ignoring bad VERP request: \"{}\"", base::printable(envelope.verp_delimiters.substr(0, 100)));
    }
    if (!problem.empty()) {
        envelope.verp_delimiters.clear();
    }
    return problem;
}

}  // namespace posthouse::cleanup
