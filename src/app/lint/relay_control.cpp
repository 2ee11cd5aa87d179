// Access lists of smtpd: whom they let relay, whom they keep out, and what they never come to.
#include <algorithm>
#include <array>

#include "app/lint/lint.hpp"
#include "base/format.hpp"
#include "base/text.hpp"

namespace posthouse::app::lint {

namespace {

using Words = std::vector<std::string>;

bool is_one_of(std::string_view word, std::initializer_list<std::string_view> names) {
    return std::any_of(names.begin(), names.end(), [&](std::string_view name) { return base::iequals(name, word); });
}

bool ends_list(std::string_view word) { return is_one_of(word, {"permit", "reject", "defer"}); }
bool refuses_strangers(std::string_view word) {
    return is_one_of(word, {"reject_unauth_destination", "defer_unauth_destination", "check_relay_domains", "reject", "defer"});
}

/// What becomes of a stranger's mail to elsewhere, as far as the words alone tell.
enum class Stranger : std::uint8_t { refused, permitted, passes };

Stranger stranger_in(const Words& list) {
    for (const std::string& word : list) {
        if (refuses_strangers(word)) {
            return Stranger::refused;
        }
        if (base::iequals(word, "permit")) {
            return Stranger::permitted;
        }
    }
    return Stranger::passes;
}

bool mentions_refusal(const Words& list) { return std::any_of(list.begin(), list.end(), refuses_strangers); }

void open_relay(const View& view, const Service& row, Report& report) {
    const Words relay = view.list("smtpd_relay_restrictions");
    const Words recipient = view.list("smtpd_recipient_restrictions");
    if (stranger_in(relay) == Stranger::refused || stranger_in(recipient) == Stranger::refused) {
        return;
    }
    if (mentions_refusal(relay) || mentions_refusal(recipient)) {  // without any the service serves nobody, and the builder says so
        const char* which = std::find(relay.begin(), relay.end(), "permit") != relay.end() ? "smtpd_relay_restrictions" : "smtpd_recipient_restrictions";
        report.at(Severity::error, view, which, row, base::format("open relay: {} permits everybody before reject_unauth_destination is reached; move permit behind it", which));
    }
}

// An OK from these depends on what the client claims.
void permits_by_claim(const View& view, const Service& row, Report& report) {
    for (const std::string& word : view.list("smtpd_relay_restrictions")) {
        if (refuses_strangers(word)) {
            return;
        }
        if (is_one_of(word, {"check_sender_access", "check_helo_access", "check_sender_mx_access", "check_sender_ns_access"})) {
            report.at(Severity::warning, view, "smtpd_relay_restrictions", row,
                      base::format("smtpd_relay_restrictions: {} comes before reject_unauth_destination: an OK there lets everybody relay who claims that name; move it to "
                                   "smtpd_sender_restrictions",
                                   word));
        }
    }
}

void unreachable_words(std::string_view parameter, const View& view, const Service& row, Report& report) {
    const Words list = view.list(parameter);
    const auto end = std::find_if(list.begin(), list.end(), ends_list);
    if (end == list.end()) {
        return;
    }
    // "reject" with a text of check_… before it is an argument, not a word of the list.
    if (std::next(end) != list.end()) {
        report.at(Severity::warning, view, parameter, row, base::format("{}: nothing behind {} is ever reached: {}", parameter, *end, *std::next(end)));
    } else if (base::iequals(*end, "permit") && list.size() > 1) {
        report.at(Severity::note, view, parameter, row, base::format("{}: permit at the end changes nothing, a list that ends permits", parameter));
    }
}

/// Restrictions that let some clients pass, and whether they can here.
bool can_permit(std::string_view word, const View& view) {
    if (base::iequals(word, "permit_mynetworks")) {
        return !view.is_set("mynetworks") || !view.list("mynetworks").empty();
    }
    if (base::iequals(word, "permit_sasl_authenticated")) {
        return offers_auth(view);
    }
    if (is_one_of(word, {"permit_tls_clientcerts", "permit_tls_all_clientcerts"})) {
        return offers_tls(view);
    }
    const bool asks = word.starts_with("check_") || word.starts_with("permit");
    const bool only_refuses = word.starts_with("reject") || word.starts_with("defer") || word.starts_with("warn");
    return asks || !only_refuses;  // what is not known here may permit
}

void nobody_passes(std::string_view parameter, const View& view, const Service& row, Report& report) {
    for (const std::string& word : view.list(parameter)) {
        if (is_one_of(word, {"reject", "defer"})) {
            report.at(Severity::warning, view, parameter, row,
                      base::format("{}: nobody gets past {}: no restriction before it can permit a client of this service (is mynetworks empty, smtpd_sasl_auth_enable off?)", parameter, word));
            return;
        }
        if (can_permit(word, view)) {
            return;
        }
    }
}

// permit_sasl_authenticated, reject in the greeting: nobody has logged in by then.
void too_early_for_login(const View& view, const Service& row, Report& report) {
    if (view.boolean("smtpd_delay_reject")) {
        return;
    }
    for (const char* parameter : {"smtpd_client_restrictions", "smtpd_helo_restrictions"}) {
        const Words list = view.list(parameter);
        const auto login = std::find(list.begin(), list.end(), "permit_sasl_authenticated");
        const auto refusal = std::find(list.begin(), list.end(), "reject");
        if (login < refusal && refusal != list.end() && std::string_view(parameter) == "smtpd_client_restrictions") {
            report.at(Severity::warning, view, parameter, row,
                      base::format("{}: with smtpd_delay_reject = no this is asked before anybody can log in: every client of the service is refused; move it to "
                                   "smtpd_relay_restrictions or write smtpd_delay_reject = yes",
                                   parameter));
        }
    }
}

bool has_own_domains(const View& view) {
    // A table has to be asked; that it is there is enough.
    return !view.list("mydestination").empty() || !view.list("relay_domains").empty() || !view.list("virtual_alias_domains").empty() || !view.list("virtual_mailbox_domains").empty();
}

// permit_mynetworks, reject: right for a relay of one's own programs, wrong where mail is to come in.
void no_inbound_mail(const View& view, const Service& row, Report& report) {
    if (!has_own_domains(view) || offers_auth(view)) {
        return;
    }
    for (const char* parameter : {"smtpd_relay_restrictions", "smtpd_recipient_restrictions"}) {
        const Words list = view.list(parameter);
        if (list.size() == 2 && base::iequals(list[0], "permit_mynetworks") && base::iequals(list[1], "reject")) {
            report.at(Severity::warning, view, parameter, row,
                      base::format("{}: strangers are refused even for our own domains (mydestination, relay_domains, virtual_…_domains), so no mail comes in from outside; write "
                                   "reject_unauth_destination instead of reject, or empty those lists if this host only relays",
                                   parameter));
        }
    }
}

}  // namespace

void relay_control(const Subject& subject, Report& report) {
    static constexpr std::array lists{"smtpd_client_restrictions", "smtpd_helo_restrictions",      "smtpd_sender_restrictions",      "smtpd_relay_restrictions",
                                      "smtpd_recipient_restrictions", "smtpd_data_restrictions", "smtpd_end_of_data_restrictions", "smtpd_etrn_restrictions"};
    for (const Service* row : server_rows(subject.configuration)) {
        const View view = subject.configuration.view(*row);
        open_relay(view, *row, report);
        permits_by_claim(view, *row, report);
        too_early_for_login(view, *row, report);
        no_inbound_mail(view, *row, report);
        for (const char* parameter : lists) {
            const Words list = view.list(parameter);
            if (std::any_of(list.begin(), list.end(), [](const std::string& word) { return word.starts_with('#'); })) {
                continue;  // a comment that is none; what it says means nothing
            }
            unreachable_words(parameter, view, *row, report);
            nobody_passes(parameter, view, *row, report);
        }
    }
}

}  // namespace posthouse::app::lint
