// Access lists of smtpd: whom they let relay, whom they keep out, and what they never come to.
#include <algorithm>
#include <array>

#include "app/lint/lint.hpp"
#include "base/format.hpp"
#include "base/text.hpp"
#include "receive/restrictions/relay_guard.hpp"

namespace posthouse::app::lint {

namespace {

using receive::ListedRestriction;
using receive::refuses_strangers;
using Words = std::vector<std::string>;
using List = std::vector<ListedRestriction>;

List list_of(const View& view, std::string_view parameter) { return receive::restrictions_in(view.list(parameter)); }

bool is_one_of(std::string_view word, std::initializer_list<std::string_view> names) {
    return std::any_of(names.begin(), names.end(), [&](std::string_view name) { return base::iequals(name, word); });
}

bool refuses_all(const ListedRestriction& each) { return is_one_of(each.word, {"reject", "defer"}) && !each.only_warns; }
bool ends_list(const ListedRestriction& each) { return base::iequals(each.word, "permit") || refuses_all(each); }
/// Why no word of the list keeps strangers from relaying, though it has one; empty: it has none.
std::string vain_refusal(const List& list) {
    const auto permit = std::find_if(list.begin(), list.end(), [](const ListedRestriction& each) { return base::iequals(each.word, "permit"); });
    for (auto each = list.begin(); each != list.end(); ++each) {
        if (refuses_strangers(each->argument)) {
            return base::format("{} is an argument of {} there; write what {} needs in front of it", each->argument, each->word, each->word);
        }
        if (refuses_strangers(each->word) && each->only_warns) {
            return base::format("warn_if_reject {} only logs; take warn_if_reject out", each->word);
        }
        if (refuses_strangers(each->word) && permit < each) {
            return base::format("it permits everybody before {} is reached; move permit behind it", each->word);
        }
    }
    return {};
}

// The builder says that the service serves nobody; here is why.
void open_relay(const View& view, const Service& row, Report& report) {
    static constexpr std::array parameters{"smtpd_relay_restrictions", "smtpd_recipient_restrictions"};
    if (std::any_of(parameters.begin(), parameters.end(), [&](const char* parameter) { return receive::refuses_relaying(view, parameter); })) {
        return;
    }
    for (const char* parameter : parameters) {
        if (const std::string why = vain_refusal(list_of(view, parameter)); !why.empty()) {
            report.at(Severity::error, view, parameter, row, base::format("{} would be an open relay: {}", parameter, why));
        }
    }
}

// An OK from these depends on what the client claims.
void permits_by_claim(const View& view, const Service& row, Report& report) {
    for (const auto& [word, argument, only_warns] : list_of(view, "smtpd_relay_restrictions")) {
        if (refuses_strangers(word) && !only_warns) {
            return;
        }
        if (is_one_of(word, {"check_sender_access", "check_helo_access"})) {
            report.at(Severity::warning, view, "smtpd_relay_restrictions", row,
                      base::format("smtpd_relay_restrictions: {} comes before reject_unauth_destination: an OK there lets everybody relay who claims that name; move it to "
                                   "smtpd_sender_restrictions",
                                   word));
        }
    }
}

void unreachable_words(std::string_view parameter, const View& view, const Service& row, Report& report) {
    const List list = list_of(view, parameter);
    const auto end = std::find_if(list.begin(), list.end(), ends_list);
    if (end == list.end()) {
        return;
    }
    if (std::next(end) != list.end()) {
        report.at(Severity::warning, view, parameter, row, base::format("{}: nothing behind {} is ever reached: {}", parameter, end->word, std::next(end)->word));
    } else if (base::iequals(end->word, "permit") && list.size() > 1) {
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
    const bool only_refuses = word.starts_with("reject") || word.starts_with("defer");
    return asks || !only_refuses;  // what is not known here may permit
}

void nobody_passes(std::string_view parameter, const View& view, const Service& row, Report& report) {
    for (const ListedRestriction& each : list_of(view, parameter)) {
        if (refuses_all(each)) {
            report.at(Severity::warning, view, parameter, row,
                      base::format("{}: nobody gets past {}: no restriction before it can permit a client of this service (is mynetworks empty, smtpd_sasl_auth_enable off?)", parameter, each.word));
            return;
        }
        if (can_permit(each.word, view)) {
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
