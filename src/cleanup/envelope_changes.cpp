#include "cleanup/envelope_changes.hpp"

#include <algorithm>
#include <utility>

#include "base/format.hpp"
#include "base/text.hpp"
#include "mail/verp.hpp"

namespace posthouse::cleanup {

void complete_addresses(mail::Envelope& envelope, const mail::Router& router) {
    if (!envelope.reverse_path.is_null()) {
        envelope.reverse_path = mail::ReversePath(router.rewrite(envelope.reverse_path.address()));
    }
    for (mail::Recipient& recipient : envelope.recipients) {
        if (recipient.original_address.empty()) {
            recipient.original_address = recipient.address;
        }
        recipient.address = router.rewrite(std::move(recipient.address));
        if (recipient.original_recipient.empty()) {
            recipient.original_recipient = "rfc822;" + recipient.original_address;
        }
    }
}

namespace {

void add_copies(mail::Envelope& envelope, const std::vector<std::string>& addresses, const mail::Router& router, bool quiet) {
    for (const std::string& address : addresses) {
        mail::Recipient copy;
        copy.original_address = address;
        copy.address = router.rewrite(address);
        copy.original_recipient = "rfc822;" + address;
        copy.notify.never = quiet;
        envelope.recipients.push_back(std::move(copy));
    }
}

}  // namespace

void change_envelope(mail::Envelope& envelope, const mail::MessageChanges& changes, const mail::Router& router) {
    using Disposition = mail::Envelope::Disposition;
    if (changes.discard) {
        envelope.disposition = Disposition::discard;
    } else if (changes.hold && envelope.disposition == Disposition::deliver) {
        envelope.disposition = Disposition::hold;
    }
    if (!changes.filter.empty()) {
        envelope.content_filter = changes.filter;
    }
    add_copies(envelope, changes.bcc, router, false);
    add_copies(envelope, changes.quiet_bcc, router, true);
    if (!changes.redirect.empty() && !envelope.recipients.empty()) {
        envelope.recipients.resize(1);
        envelope.recipients.front().address = router.rewrite(changes.redirect);
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
        // virtual_alias_expansion_limit is about one recipient. A message that is as its client named it passes, however many those are.
        const std::size_t count = expanded.size() + expansion.addresses.size();
        if (count > std::max(recipients_max, envelope.recipients.size())) {
            co_return mail::Expansion{mail::Expansion::State::too_much, {}, base::format("virtual_alias_maps make the message have more than {} recipients", recipients_max)};
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

bool has_international_addresses(const mail::Envelope& envelope) {
    const auto is_ascii = [](const std::string& text) { return std::all_of(text.begin(), text.end(), base::is_ascii); };
    return !is_ascii(envelope.reverse_path.address()) ||
           std::any_of(envelope.recipients.begin(), envelope.recipients.end(), [&](const mail::Recipient& one) { return !is_ascii(one.address); });
}

std::string refused_message_line(const mail::Envelope& envelope, std::string_view text) {
    const mail::Origin& origin = envelope.origin;
    const std::string from = origin.client_address.empty() ? "local" : base::format("{}[{}]", origin.client_name, origin.client_address);
    return base::format("message from {}; from=<{}> proto={} helo=<{}>: {}", from, envelope.reverse_path.address(), origin.protocol, origin.helo_name, text);
}

}  // namespace posthouse::cleanup
