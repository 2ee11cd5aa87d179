// Logins and TLS at next hops, for each transport that speaks SMTP.
#include <algorithm>

#include "app/lint/lint.hpp"
#include "base/format.hpp"
#include "base/text.hpp"

namespace posthouse::app::lint {

namespace {

bool must_encrypt(const std::string& level) { return !level.empty() && level != "none" && level != "may"; }

bool has_word(const std::vector<std::string>& list, std::string_view word) { return std::find(list.begin(), list.end(), word) != list.end(); }

void login(const View& view, const Service& row, Report& report) {
    const std::string client = row.command;
    const std::string maps = client + "_sasl_password_maps";
    const std::string level = view.text(client + "_tls_security_level");
    if (!view.boolean(client + "_sasl_auth_enable")) {
        if (view.origin(maps) != nullptr && !view.text(maps).empty()) {
            report.at(Severity::warning, view, maps, row, base::format("{} is never asked: {}_sasl_auth_enable is not set; write {}_sasl_auth_enable = yes", maps, client, client));
        }
        return;
    }
    const auto options = view.list(client + "_sasl_security_options");
    const auto under_tls = view.list(client + "_sasl_tls_security_options");
    if (has_word(options, "noplaintext") && has_word(under_tls, "noplaintext")) {
        report.at(Severity::warning, view, client + "_sasl_auth_enable", row,
                  base::format("PLAIN and LOGIN are never used, by the default of {}_sasl_security_options; if the server offers nothing else (most do not), mail is deferred: \"no mechanism available\"; "
                               "write {}_sasl_security_options = noanonymous, and {}_tls_security_level = encrypt",
                               client, client, client));
    } else if (!has_word(options, "noplaintext") && !must_encrypt(level) && view.text(client + "_tls_policy_maps").empty()) {
        report.at(Severity::warning, view, client + "_sasl_security_options", row,
                  base::format("the password goes out in clear if the server, or somebody in between, offers no TLS; write {}_tls_security_level = encrypt or secure", client));
    }
}

void wrapped_tls(const View& view, const Service& row, Report& report) {
    const std::string client = row.command;
    const bool wraps = view.boolean(client + "_tls_wrappermode");
    const std::string level = view.text(client + "_tls_security_level");
    if (wraps && !must_encrypt(level)) {
        report.at(Severity::warning, view, client + "_tls_wrappermode", row, base::format("{}_tls_wrappermode wants {}_tls_security_level = encrypt or stronger", client, client));
    }
    const std::string relayhost = view.text("relayhost");
    const bool port_465 = relayhost.ends_with(":465") || relayhost.ends_with(":smtps") || relayhost.ends_with(":submissions");
    if (client == "smtp" && port_465 && !wraps && row.name == view.text("default_transport")) {
        report.at(Severity::warning, view, "relayhost", row,
                  base::format("relayhost = {}: that port wants TLS from the first byte, a client without smtp_tls_wrappermode = yes waits for a greeting that never comes; write that, or port 587", relayhost));
    }
}

void no_checks_of_certificates(const View& view, const Service& row, Report& report) {
    const std::string client = row.command;
    const std::string level = view.text(client + "_tls_security_level");
    const bool verifies = level == "verify" || level == "secure";
    const bool has_authorities = !view.text(client + "_tls_CAfile").empty() || !view.text(client + "_tls_CApath").empty() || view.boolean("tls_append_default_CA") ||
                                 !view.text(client + "_tls_trust_anchor_file").empty();
    if (verifies && !has_authorities) {
        report.at(Severity::warning, view, client + "_tls_security_level", row,
                  base::format("{}_tls_security_level = {}: no certificate can be trusted, because no authorities are named; write {}_tls_CAfile = /etc/ssl/certs/ca-certificates.crt", client, level, client));
    }
    if (level.empty() && !view.boolean(client + "_use_tls") && !view.boolean(client + "_enforce_tls")) {
        for (const char* suffix : {"_tls_CAfile", "_tls_CApath", "_tls_cert_file", "_tls_chain_files"}) {
            const std::string name = client + suffix;
            if (view.origin(name) != nullptr && !view.text(name).empty() && view.text(client + "_tls_policy_maps").empty()) {
                report.at(Severity::warning, view, name, row, base::format("{} is never used: {}_tls_security_level is not set, mail goes out without TLS; write {}_tls_security_level = may or stronger", name, client, client));
            }
        }
    }
}

}  // namespace

void upstream_login(const Subject& subject, Report& report) {
    for (const Service* row : client_rows(subject.configuration)) {
        const View view = subject.configuration.view(*row);
        login(view, *row, report);
        wrapped_tls(view, *row, report);
        no_checks_of_certificates(view, *row, report);
    }
}

}  // namespace posthouse::app::lint
