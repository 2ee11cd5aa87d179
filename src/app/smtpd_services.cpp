#include "app/smtpd_services.hpp"

#include "app/milters.hpp"
#include "app/receive_overrides.hpp"
#include "app/smtpd_logins.hpp"
#include "app/smtpd_tls.hpp"
#include "base/format.hpp"
#include "base/text.hpp"
#include "receive/restrictions/relay_guard.hpp"
#include "tables/parent_domains.hpp"

namespace posthouse::app {

namespace {

std::shared_ptr<const tables::MatchList> address_list(const config::View& view, std::string_view parameter, const SmtpdParts& parts) {
    return std::make_shared<const tables::MatchList>(tables::MatchList::open_addresses(view.text(parameter), tables::parents_of(view, parameter), parts.open));
}

std::shared_ptr<const tables::MatchList> verp_clients(const config::View& view, const SmtpdParts& parts) {
    constexpr std::string_view parameter = "smtpd_authorized_verp_clients";
    return view.text(parameter).empty() ? nullptr : address_list(view, parameter, parts);
}

std::shared_ptr<const tables::MapList> maps_or_null(const config::View& view, std::string_view parameter, const SmtpdParts& parts) {
    const std::string value = view.text(parameter);
    return value.empty() ? nullptr : std::make_shared<const tables::MapList>(tables::MapList::open(value, parts.open));
}

std::shared_ptr<const tables::MatchList> words_or_null(const config::View& view, std::string_view parameter, const SmtpdParts& parts) {
    const std::string value = view.text(parameter);
    return value.empty() ? nullptr : std::make_shared<const tables::MatchList>(tables::MatchList::open_strings(value, parts.open));
}

void make_lists(receive::SmtpdService& service, const config::View& view, const config::Service& row, const SmtpdParts& parts) {
    receive::RestrictionContext context{service.settings,
                                              address_list(view, "mynetworks", parts),
                                              parts.interfaces.own,
                                              parts.router,
                                              parts.core.resolver,
                                              parts.core.clock,
                                              parts.open,
                                              view.text("recipient_delimiter"),
                                              tables::parents_of(view, "smtpd_access_maps") == tables::ParentDomains::match_subdomains,
                                              view,
                                              [&events = parts.world.events, label = service.settings->label](std::string_view text) { events.warn(label, text); }};
    context.verifier = {parts.verifier, &parts.core};
    context.policy_clients = parts.policy_clients;
    context.logged_permits = words_or_null(view, "smtpd_log_access_permit_actions", parts);
    const auto list = [&](std::string_view parameter) {
        const config::Setting* setting = view.origin(parameter);
        bool is_comment = false;  // the words behind the # are not worth an error each
        const auto problem = [&](std::string text) {
            if (parts.core.index == 0 && !is_comment) {
                is_comment = text.ends_with("\"#\"");
                parts.findings.add(config::Severity::error, setting != nullptr ? setting->file : row.file, setting != nullptr ? setting->line : row.line, std::move(text));
            }
        };
        return receive::RestrictionList::parse(parameter, view.list(parameter), context, problem);
    };
    if (const std::string protocol = view.text("smtpd_upstream_proxy_protocol"); !protocol.empty() && protocol != "haproxy") {
        service.cannot_serve = "unsupported smtpd_upstream_proxy_protocol value: " + protocol;
        if (parts.core.index == 0) {
            parts.findings.add(config::Severity::error, row.file, row.line, base::format("service {}: {}, there is \"haproxy\": it will serve nobody", row.name, service.cannot_serve));
        }
    }
    service.client = list("smtpd_client_restrictions");
    service.helo = list("smtpd_helo_restrictions");
    service.sender = list("smtpd_sender_restrictions");
    service.relay = list("smtpd_relay_restrictions");
    service.recipient = list("smtpd_recipient_restrictions");
    service.data = list("smtpd_data_restrictions");
    service.end_of_data = list("smtpd_end_of_data_restrictions");
    service.etrn = list("smtpd_etrn_restrictions");
    if (!receive::refuses_relaying(view, "smtpd_relay_restrictions") && !receive::refuses_relaying(view, "smtpd_recipient_restrictions")) {
        service.cannot_serve =
            "in parameter smtpd_relay_restrictions or smtpd_recipient_restrictions, specify at least one working instance of: reject_unauth_destination, "
            "defer_unauth_destination, reject, defer, defer_if_permit or check_relay_domains";
        if (parts.core.index == 0) {
            parts.findings.add(config::Severity::error, row.file, row.line, base::format("service {}: {}: it will serve nobody", row.name, service.cannot_serve));
        }
    }
}

void make_header_rewrite(receive::SmtpdService& service, const config::View& view, const SmtpdParts& parts) {
    for (const std::string& word : view.list("local_header_rewrite_clients")) {
        if (base::iequals(word, "permit_inet_interfaces")) {
            service.header_rewrite_addresses = parts.interfaces.own;
        } else if (base::iequals(word, "permit_mynetworks")) {
            service.header_rewrite_networks = address_list(view, "mynetworks", parts);
        } else if (base::iequals(word, "permit_sasl_authenticated")) {
            service.header_rewrite_authenticated = true;
        }
    }
}

// What is done about the client's lines before they are commands, and about refusals before they are sent.
void make_command_rules(receive::SmtpdService& service, const config::View& view, const config::Service& row, const SmtpdParts& parts) {
    service.command_filter = maps_or_null(view, "smtpd_command_filter", parts);
    service.reject_footer_maps = maps_or_null(view, "smtpd_reject_footer_maps", parts);
    service.noop_commands = words_or_null(view, "smtpd_noop_commands", parts);
    service.forbidden_commands = words_or_null(view, "smtpd_forbidden_commands", parts);
    if (!view.text("smtpd_forbid_bare_newline_exclusions").empty()) {
        service.bare_newline_exclusions = std::make_shared<const tables::MatchList>(
            tables::MatchList::open_addresses(view.text("smtpd_forbid_bare_newline_exclusions"), tables::parents_of(view, "mynetworks"), parts.open));
    }
    if (parts.core.index == 0 && !receive::SmtpdSettings::parse_forbid_bare_newline(view.text("smtpd_forbid_bare_newline"))) {
        parts.findings.add(config::Severity::error, row.file, row.line,
                           base::format("smtpd_forbid_bare_newline = {}: no such value, use no, note, normalize or reject; normalize is in force", view.text("smtpd_forbid_bare_newline")));
    }
}

}  // namespace

namespace {

// smtpd_proxy_filter; null: none.
std::shared_ptr<const receive::ProxyFilterSettings> proxy_filter(const config::View& view, const config::Service& row, const SmtpdParts& parts) {
    const std::string value = view.text("smtpd_proxy_filter");
    if (value.empty()) {
        return nullptr;
    }
    auto out = std::make_shared<receive::ProxyFilterSettings>();
    const bool is_path = value.starts_with("unix:");
    out->name = is_path || value.starts_with("inet:") ? value.substr(5) : value;
    const receive::PolicyServerName server{is_path ? receive::PolicyServerName::Kind::unix_socket : receive::PolicyServerName::Kind::inet, out->name};
    out->connector = std::make_shared<receive::NetworkPolicyConnector>(
        server, receive::NetworkPolicyConnector::Places{view.text("queue_directory"), view.text("known_tcp_ports"), parts.world.port_lookup}, parts.core);
    out->smtpd_proxy_ehlo = view.text("smtpd_proxy_ehlo");
    out->smtpd_proxy_timeout = view.time("smtpd_proxy_timeout");
    out->message_size_limit = view.size("message_size_limit");
    for (const std::string& option : view.list("smtpd_proxy_options")) {
        if (option == "speed_adjust") {
            out->speed_adjust.emplace(parts.world.files, parts.world.pool, view.text("queue_directory") + "/spool");
        }
        if (option != "speed_adjust" && parts.core.index == 0) {
            parts.findings.add(config::Severity::error, row.file, row.line, base::format("service {}: smtpd_proxy_options: no such option: {}; there is speed_adjust", row.name, option));
        }
    }
    return out;
}

void make_milters(receive::SmtpdService& service, const config::View& view, const SmtpdParts& parts) {
    config::Findings ignored;
    config::Findings& findings = parts.core.index == 0 ? parts.findings : ignored;
    check_milter_settings(view, findings);
    if (overrides_receiving(view, "no_milters") || (view.text("smtpd_milters").empty() && view.text("smtpd_milter_maps").empty())) {
        return;
    }
    service.make_milters = milter_maker(view, "smtpd", parts.world, parts.core);
    service.milters = milters_of("smtpd_milters", view, service.make_milters, findings);
    service.milter_maps = maps_or_null(view, "smtpd_milter_maps", parts);
}

}  // namespace

std::shared_ptr<const receive::SmtpdService> make_smtpd_service(const config::View& view, const config::Service& row, const SmtpdParts& parts) {
    auto service = std::make_shared<receive::SmtpdService>();
    service->settings = std::make_shared<const receive::SmtpdSettings>(receive::SmtpdSettings::from(view));
    service->zone = parts.world.zone;
    service->limit_exceptions = address_list(view, "smtpd_client_event_limit_exceptions", parts);
    if (!view.text("smtpd_discard_ehlo_keyword_address_maps").empty()) {
        service->discard_ehlo_keyword_maps =
            std::make_shared<const tables::MapList>(tables::MapList::open(view.text("smtpd_discard_ehlo_keyword_address_maps"), parts.open));
    }
    make_command_rules(*service, view, row, parts);
    if (!view.text("smtpd_sasl_exceptions_networks").empty()) {
        service->sasl_exceptions = address_list(view, "smtpd_sasl_exceptions_networks", parts);
    }
    service->fast_flush_domains =
        std::make_shared<const tables::MatchList>(tables::MatchList::open_domains(view.text("fast_flush_domains"), tables::parents_of(view, "fast_flush_domains"), parts.open));
    if (!view.text("smtpd_authorized_xclient_hosts").empty()) {
        service->xclient_hosts = address_list(view, "smtpd_authorized_xclient_hosts", parts);
    }
    if (!view.text("smtpd_authorized_xforward_hosts").empty()) {
        service->xforward_hosts = address_list(view, "smtpd_authorized_xforward_hosts", parts);
    }
    service->verp_clients = verp_clients(view, parts);
    service->local_socket = row.type == config::ServiceType::unix_stream;
    service->screened = row.type == config::ServiceType::pass;
    service->client_name = service->local_socket ? "localhost" : "";
    service->proxy_filter = proxy_filter(view, row, parts);
    make_milters(*service, view, parts);
    make_header_rewrite(*service, view, parts);
    make_tls(*service, view, row, parts);
    make_logins(*service, view, row, parts);
    make_lists(*service, view, row, parts);
    return service;
}

std::shared_ptr<const receive::SmtpdService> make_stand_alone_service(const config::View& view, const config::View& cleanup, const SmtpdParts& parts) {
    auto settings = std::make_shared<receive::SmtpdSettings>(receive::SmtpdSettings::from(view));
    settings->smtpd_tls_security_level = receive::SmtpdSettings::TlsLevel::none;
    settings->smtpd_tls_wrappermode = false;
    settings->smtpd_upstream_proxy_protocol = receive::SmtpdSettings::UpstreamProxy::none;
    settings->smtpd_tls_auth_only = false;
    settings->smtpd_sasl_auth_enable = false;
    settings->smtpd_reject_unlisted_sender = false;
    settings->smtpd_reject_unlisted_recipient = false;
    auto service = std::make_shared<receive::SmtpdService>();
    service->settings = std::move(settings);
    service->verp_clients = verp_clients(view, parts);
    service->zone = parts.world.zone;
    service->stand_alone = true;
    service->client_name = "localhost";
    config::Findings told;  // by the services of the rows
    service->local_milters = milters_of("non_smtpd_milters", cleanup, milter_maker(cleanup, "cleanup", parts.world, parts.core), told);
    const auto here = tables::MatchList::open_addresses("127.0.0.1", tables::ParentDomains::dot_prefix, parts.open);
    service->limit_exceptions = std::make_shared<const tables::MatchList>(here);
    service->header_rewrite_networks = service->limit_exceptions;
    return service;
}

}  // namespace posthouse::app
