// AUTH of our services: in clear, where it does not belong, or with nobody behind it who knows a password.
#include <algorithm>
#include <array>

#include "app/lint/lint.hpp"
#include "base/format.hpp"
#include "base/text.hpp"
#include "sasl/cyrus_config.hpp"

namespace posthouse::app::lint {

namespace {

bool has_word(const View& view, std::string_view parameter, std::string_view word) {
    const auto list = view.list(parameter);
    return std::find(list.begin(), list.end(), word) != list.end();
}

void in_clear(const View& view, const Service& row, Report& report) {
    if (requires_tls(view) || is_loopback_row(row, view) || has_word(view, "smtpd_sasl_security_options", "noplaintext")) {
        return;
    }
    if (!offers_tls(view)) {
        if (view.boolean("smtpd_tls_auth_only")) {
            report.at(Severity::warning, view, "smtpd_tls_auth_only", row, "nobody can log in: smtpd_tls_auth_only = yes hides AUTH until there is TLS, and the service offers none; write smtpd_tls_security_level = may");
        } else {
            report.at(Severity::warning, view, "smtpd_sasl_auth_enable", row, "AUTH is offered and TLS is not: passwords cross the network in clear; write smtpd_tls_security_level = encrypt, with a certificate");
        }
        return;
    }
    if (!view.boolean("smtpd_tls_auth_only")) {
        report.at(Severity::warning, view, "smtpd_sasl_auth_enable", row, "AUTH is offered before STARTTLS: passwords may cross the network in clear; write smtpd_tls_auth_only = yes");
    }
}

// Ports for people have it in their row; the one for the world has it because main.cf says so for all.
void where_it_does_not_belong(const config::Configuration& configuration, Report& report) {
    const Setting* everywhere = configuration.main_cf().find("smtpd_sasl_auth_enable");
    if (everywhere == nullptr || !configuration.main().boolean("smtpd_sasl_auth_enable")) {
        return;
    }
    const Service* own = nullptr;
    const Service* inherits = nullptr;
    for (const Service* row : server_rows(configuration)) {
        const bool says_itself = std::any_of(row->overrides.begin(), row->overrides.end(), [](const Setting& setting) { return setting.name == "smtpd_sasl_auth_enable"; });
        if (says_itself && offers_auth(configuration.view(*row))) {
            own = row;
        } else if (!says_itself && row->type == config::ServiceType::inet) {
            inherits = row;
        }
    }
    if (own != nullptr && inherits != nullptr) {
        report.at(Severity::warning, *everywhere,
                  base::format("service \"{}\" offers AUTH, too, and invites guessing of passwords, though \"{}\" is there for logins; take this line out, \"{}\" has its own -o smtpd_sasl_auth_enable=yes",
                               inherits->name, own->name, own->name));
    }
}

void dovecot_is_there(const View& view, const Service& row, world::Files& files, Report& report) {
    const std::string path = view.text("smtpd_sasl_path");
    if (path.empty() || path.starts_with("inet:")) {
        return;
    }
    std::string file = path.starts_with("unix:") ? path.substr(5) : path;
    file = file.starts_with('/') ? file : view.text("queue_directory") + "/" + file;
    const auto info = files.info(file);
    if (!info && info.error().kind == base::ErrorKind::not_found) {
        report.at(Severity::warning, view, "smtpd_sasl_path", row,
                  base::format("smtpd_sasl_path: there is no {}, so nobody can log in: does Dovecot run, and has its service auth a unix_listener with that path?", file));
    }
}

void cyrus_is_there(const View& view, const Service& row, world::Files& files, Report& report) {
    const auto folders = sasl::cyrus_config_folders(view.text("cyrus_sasl_config_path"), view.text("config_directory"));
    const std::string name = view.text("smtpd_sasl_path") + ".conf";
    const bool found = std::any_of(folders.begin(), folders.end(), [&](const std::string& folder) { return files.info(folder + "/" + name).has_value(); });
    if (!found) {
        std::string where;
        for (const std::string& folder : folders) {
            where += (where.empty() ? "" : ", ") + folder;
        }
        report.at(Severity::warning, view, "smtpd_sasl_path", row, base::format("smtpd_sasl_path: there is no {} in {}: nothing says how passwords are checked", name, where));
    }
}

}  // namespace

void logins(const Subject& subject, Report& report) {
    where_it_does_not_belong(subject.configuration, report);
    for (const Service* row : server_rows(subject.configuration)) {
        const View view = subject.configuration.view(*row);
        if (!offers_auth(view)) {
            continue;
        }
        in_clear(view, *row, report);
        const std::string type = view.text("smtpd_sasl_type");
        if (type == "dovecot") {
            dovecot_is_there(view, *row, subject.files, report);
        } else if (type == "cyrus") {
            cyrus_is_there(view, *row, subject.files, report);
        }
    }
}

}  // namespace posthouse::app::lint
