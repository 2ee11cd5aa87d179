// Something is set up and nothing turns it on.
#include <algorithm>
#include <array>

#include "app/lint/lint.hpp"
#include "base/format.hpp"
#include "base/text.hpp"

namespace posthouse::app::lint {

namespace {

constexpr std::array access_lists{"smtpd_client_restrictions", "smtpd_helo_restrictions", "smtpd_sender_restrictions", "smtpd_relay_restrictions", "smtpd_recipient_restrictions",
                                  "smtpd_data_restrictions", "smtpd_end_of_data_restrictions", "smtpd_etrn_restrictions"};

template <class Predicate>
bool any_server(const config::Configuration& configuration, Predicate predicate) {
    const auto rows = server_rows(configuration);
    return std::any_of(rows.begin(), rows.end(), [&](const Service* row) { return predicate(configuration.view(*row)); });
}

/// In an access list of any service, in a restriction class, or in a table that a list asks (whose content is not looked at).
bool a_list_says(const config::Configuration& configuration, std::initializer_list<std::string_view> words) {
    const auto in_value = [&](std::string_view value) {
        const auto list = base::split_words(value, ", \t\r\n{}");
        return std::any_of(list.begin(), list.end(), [&](std::string_view word) { return std::find(words.begin(), words.end(), word) != words.end(); });
    };
    const bool in_lists = any_server(configuration, [&](const View& view) {
        return std::any_of(access_lists.begin(), access_lists.end(), [&](const char* list) { return in_value(view.text(list)); });
    });
    const auto classes = configuration.main().list("smtpd_restriction_classes");
    return in_lists || std::any_of(classes.begin(), classes.end(), [&](const std::string& name) { return in_value(configuration.main().value(name).value_or("")); });
}

void sender_logins(const Subject& subject, Report& report) {
    const Setting* maps = subject.configuration.main_cf().find("smtpd_sender_login_maps");
    if (maps == nullptr || base::trim(maps->value).empty()) {
        return;
    }
    if (!a_list_says(subject.configuration, {"reject_sender_login_mismatch", "reject_authenticated_sender_login_mismatch", "reject_known_sender_login_mismatch",
                                             "reject_unauthenticated_sender_login_mismatch"})) {
        report.at(Severity::warning, *maps, "smtpd_sender_login_maps is never asked: no access list says reject_sender_login_mismatch; write it first in smtpd_sender_restrictions of the service for logins");
    }
}

void server_auth(const Subject& subject, Report& report) {
    if (any_server(subject.configuration, offers_auth)) {
        return;
    }
    for (const char* name : {"smtpd_sasl_path", "smtpd_sasl_type"}) {
        if (const Setting* setting = subject.configuration.main_cf().find(name)) {
            report.at(Severity::note, *setting, base::format("{} is never used: no service has smtpd_sasl_auth_enable = yes", name));
        }
    }
    for (const Service* row : server_rows(subject.configuration)) {
        for (const Setting& setting : row->overrides) {
            if (setting.name == "smtpd_sasl_path" || setting.name == "smtpd_sasl_type") {
                report.at(Severity::note, setting, base::format("{} is never used: no service has smtpd_sasl_auth_enable = yes", setting.name));
            }
        }
    }
}

void server_tls(const Subject& subject, Report& report) {
    if (any_server(subject.configuration, offers_tls)) {
        return;
    }
    for (const char* name : {"smtpd_tls_cert_file", "smtpd_tls_chain_files", "smtpd_tls_eccert_file"}) {
        const Setting* setting = subject.configuration.main_cf().find(name);
        if (setting != nullptr && !base::trim(setting->value).empty()) {
            report.at(Severity::warning, *setting, base::format("{} is never used: no service offers TLS; write smtpd_tls_security_level = may", name));
        }
    }
}

void per_sender_login(const Subject& subject, Report& report) {
    const auto rows = client_rows(subject.configuration);
    const Setting* wanted = subject.configuration.main_cf().find("smtp_sender_dependent_authentication");
    const bool any_login = std::any_of(rows.begin(), rows.end(), [&](const Service* row) { return subject.configuration.view(*row).boolean("smtp_sasl_auth_enable"); });
    if (wanted != nullptr && subject.configuration.main().boolean("smtp_sender_dependent_authentication") && !any_login) {
        report.at(Severity::warning, *wanted, "smtp_sender_dependent_authentication has no effect: smtp_sasl_auth_enable is not set; write smtp_sasl_auth_enable = yes");
    }
}

void action_without_test(const Subject& subject, Report& report) {
    const config::Configuration& configuration = subject.configuration;
    for (const char* test : {"pipelining", "non_smtp_command", "bare_newline"}) {
        const std::string action = base::format("postscreen_{}_action", test);
        const std::string enable = base::format("postscreen_{}_enable", test);
        const Setting* setting = configuration.main_cf().find(action);
        if (setting != nullptr && !configuration.main().boolean(enable)) {
            report.at(Severity::note, *setting, base::format("{} has no effect: the test is off; write {} = yes (a client's first visit is then deferred)", action, enable));
        }
    }
}

}  // namespace

void switches(const Subject& subject, Report& report) {
    sender_logins(subject, report);
    server_auth(subject, report);
    server_tls(subject, report);
    per_sender_login(subject, report);
    action_without_test(subject, report);
}

}  // namespace posthouse::app::lint
