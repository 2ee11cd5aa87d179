#include "receive/settings.hpp"

#include "base/text.hpp"
#include "mail/probe_sender.hpp"

namespace posthouse::receive {

namespace {

std::size_t count(const config::View& view, std::string_view name) { return static_cast<std::size_t>(std::max<std::int64_t>(0, view.integer(name))); }
int code(const config::View& view, std::string_view name) { return static_cast<int>(view.integer(name)); }

unsigned prefix_length(const config::View& view, std::string_view name, unsigned max) {
    const auto number = base::parse_number(view.value(name).value_or(""));
    return number && *number <= max ? static_cast<unsigned>(*number) : max;
}

SmtpdSettings::TempfailAction tempfail_action(const config::View& view, std::string_view name) {
    return base::iequals(view.text(name), "defer") ? SmtpdSettings::TempfailAction::defer : SmtpdSettings::TempfailAction::defer_if_permit;
}

void read_limits(SmtpdSettings& out, const config::View& view) {
    out.smtpd_timeout = view.time("smtpd_timeout");
    out.smtpd_starttls_timeout = view.time("smtpd_starttls_timeout");
    out.line_length_limit = count(view, "line_length_limit");
    out.smtpd_recipient_limit = count(view, "smtpd_recipient_limit");
    out.smtpd_soft_error_limit = count(view, "smtpd_soft_error_limit");
    out.smtpd_hard_error_limit = count(view, "smtpd_hard_error_limit");
    out.smtpd_junk_command_limit = count(view, "smtpd_junk_command_limit");
    out.smtpd_error_sleep_time = view.time("smtpd_error_sleep_time");
    out.smtpd_client_connection_count_limit = count(view, "smtpd_client_connection_count_limit");
    out.smtpd_client_connection_rate_limit = count(view, "smtpd_client_connection_rate_limit");
    out.smtpd_client_message_rate_limit = count(view, "smtpd_client_message_rate_limit");
    out.smtpd_client_recipient_rate_limit = count(view, "smtpd_client_recipient_rate_limit");
    out.smtpd_client_auth_rate_limit = count(view, "smtpd_client_auth_rate_limit");
    out.smtpd_client_new_tls_session_rate_limit = count(view, "smtpd_client_new_tls_session_rate_limit");
    out.smtpd_client_ipv4_prefix_length = prefix_length(view, "smtpd_client_ipv4_prefix_length", 32);
    out.smtpd_client_ipv6_prefix_length = prefix_length(view, "smtpd_client_ipv6_prefix_length", 128);
    out.smtpd_per_request_deadline = view.boolean("smtpd_per_request_deadline");
    out.smtpd_min_data_rate = count(view, "smtpd_min_data_rate");
    out.anvil_rate_time_unit = view.time("anvil_rate_time_unit");
    out.message_size_limit = view.size("message_size_limit");
}

void read_codes(SmtpdSettings& out, const config::View& view) {
    out.access_map_reject_code = code(view, "access_map_reject_code");
    out.access_map_defer_code = code(view, "access_map_defer_code");
    out.defer_code = code(view, "defer_code");
    out.reject_code = code(view, "reject_code");
    out.relay_domains_reject_code = code(view, "relay_domains_reject_code");
    out.non_fqdn_reject_code = code(view, "non_fqdn_reject_code");
    out.invalid_hostname_reject_code = code(view, "invalid_hostname_reject_code");
    out.unknown_address_reject_code = code(view, "unknown_address_reject_code");
    out.unknown_client_reject_code = code(view, "unknown_client_reject_code");
    out.unknown_hostname_reject_code = code(view, "unknown_hostname_reject_code");
    out.multi_recipient_bounce_reject_code = code(view, "multi_recipient_bounce_reject_code");
    out.maps_rbl_reject_code = code(view, "maps_rbl_reject_code");
    out.plaintext_reject_code = code(view, "plaintext_reject_code");
    out.unknown_local_recipient_reject_code = code(view, "unknown_local_recipient_reject_code");
    out.unknown_relay_recipient_reject_code = code(view, "unknown_relay_recipient_reject_code");
    out.unknown_virtual_alias_reject_code = code(view, "unknown_virtual_alias_reject_code");
    out.unknown_virtual_mailbox_reject_code = code(view, "unknown_virtual_mailbox_reject_code");
}

void read_verification(SmtpdSettings& out, const config::View& view) {
    out.unverified_sender = {code(view, "unverified_sender_reject_code"), code(view, "unverified_sender_defer_code"), view.text("unverified_sender_reject_reason"),
                             view.text("unverified_sender_tempfail_action") == "defer"};
    out.unverified_recipient = {code(view, "unverified_recipient_reject_code"), code(view, "unverified_recipient_defer_code"), view.text("unverified_recipient_reject_reason"),
                                view.text("unverified_recipient_tempfail_action") == "defer"};
    out.address_verify_poll_count = view.integer("address_verify_poll_count");
    out.address_verify_poll_delay = view.time("address_verify_poll_delay");
    out.address_verify_sender = mail::probe_sender_address(view.text("address_verify_sender"));
    out.address_verify_sender_ttl = view.time("address_verify_sender_ttl");
}

void read_tls_and_sasl(SmtpdSettings& out, const config::View& view) {
    const std::string level = view.text("smtpd_tls_security_level");
    // verify, secure and the like are levels of a client: a server can only be as strict as it gets.
    const bool encrypts = !level.empty() && level != "none" && level != "may";
    if (encrypts || (level.empty() && view.boolean("smtpd_enforce_tls"))) {
        out.smtpd_tls_security_level = SmtpdSettings::TlsLevel::encrypt;
    } else if (level == "may" || (level.empty() && view.boolean("smtpd_use_tls"))) {
        out.smtpd_tls_security_level = SmtpdSettings::TlsLevel::may;
    }
    out.smtpd_tls_wrappermode = view.boolean("smtpd_tls_wrappermode");
    out.smtpd_tls_auth_only = view.boolean("smtpd_tls_auth_only");
    out.smtpd_tls_received_header = view.boolean("smtpd_tls_received_header");
    out.smtpd_tls_ask_ccert = view.boolean("smtpd_tls_ask_ccert");
    out.smtpd_tls_req_ccert = view.boolean("smtpd_tls_req_ccert");
    out.smtpd_tls_loglevel = static_cast<int>(view.integer("smtpd_tls_loglevel"));
    out.smtpd_sasl_service = view.text("smtpd_sasl_service");
    out.smtpd_sasl_auth_enable = view.boolean("smtpd_sasl_auth_enable");
    out.broken_sasl_auth_clients = view.boolean("broken_sasl_auth_clients");
    out.smtpd_sasl_authenticated_header = view.boolean("smtpd_sasl_authenticated_header");
    out.smtpd_sasl_response_limit = count(view, "smtpd_sasl_response_limit");
}

}  // namespace

std::optional<SmtpdSettings::ForbidBareNewline> SmtpdSettings::parse_forbid_bare_newline(std::string_view text) {
    static constexpr std::pair<std::string_view, ForbidBareNewline> words[] = {{"no", ForbidBareNewline::no},
                                                                              {"note", ForbidBareNewline::note},
                                                                              {"normalize", ForbidBareNewline::normalize},
                                                                              {"yes", ForbidBareNewline::normalize},
                                                                              {"reject", ForbidBareNewline::reject}};
    for (const auto& [word, value] : words) {
        if (base::iequals(word, text)) {
            return value;
        }
    }
    return std::nullopt;
}

SmtpdSettings SmtpdSettings::from(const config::View& view) {
    SmtpdSettings out;
    out.label = view.text("syslog_name") + "/smtpd";
    if (const auto name = view.value("service_name"); name && !name->empty()) {
        out.service = *name;
    }
    out.myhostname = view.text("myhostname");
    out.mail_name = view.text("mail_name");
    out.smtpd_banner = view.text("smtpd_banner");
    read_limits(out, view);
    read_codes(out, view);
    read_verification(out, view);
    read_tls_and_sasl(out, view);
    out.smtpd_upstream_proxy_protocol = view.text("smtpd_upstream_proxy_protocol") == "haproxy" ? UpstreamProxy::haproxy : UpstreamProxy::none;
    out.smtpd_upstream_proxy_timeout = view.time("smtpd_upstream_proxy_timeout");
    out.smtpd_recipient_overshoot_limit = count(view, "smtpd_recipient_overshoot_limit");
    out.soft_bounce = view.boolean("soft_bounce");
    out.smtpd_delay_reject = view.boolean("smtpd_delay_reject");
    out.smtpd_helo_required = view.boolean("smtpd_helo_required");
    out.strict_rfc821_envelopes = view.boolean("strict_rfc821_envelopes");
    out.resolve_numeric_domain = view.boolean("resolve_numeric_domain");
    out.disable_vrfy_command = view.boolean("disable_vrfy_command");
    out.smtputf8_enable = view.boolean("smtputf8_enable");
    out.smtpd_peername_lookup = view.boolean("smtpd_peername_lookup");
    out.smtpd_reject_unlisted_recipient = view.boolean("smtpd_reject_unlisted_recipient");
    out.smtpd_reject_unlisted_sender = view.boolean("smtpd_reject_unlisted_sender");
    out.smtpd_relay_before_recipient_restrictions = view.boolean("smtpd_relay_before_recipient_restrictions");
    out.smtpd_forbid_bare_newline = parse_forbid_bare_newline(view.text("smtpd_forbid_bare_newline")).value_or(ForbidBareNewline::normalize);
    out.smtpd_forbid_bare_newline_reject_code = code(view, "smtpd_forbid_bare_newline_reject_code");
    out.smtpd_client_port_logging = view.boolean("smtpd_client_port_logging");
    out.smtpd_hide_client_session = base::iequals(view.value("smtpd_hide_client_session").value_or("no"), "yes");
    out.strict_smtputf8 = view.boolean("strict_smtputf8");
    out.show_user_unknown_table_name = view.boolean("show_user_unknown_table_name");
    out.smtpd_expansion_filter = ExpansionFilter(view.text("smtpd_expansion_filter"));
    out.unknown_address_tempfail_action = tempfail_action(view, "unknown_address_tempfail_action");
    out.unknown_helo_hostname_tempfail_action = tempfail_action(view, "unknown_helo_hostname_tempfail_action");
    out.smtpd_forbid_unauth_pipelining = view.value("smtpd_forbid_unauth_pipelining").value_or("no") == "yes";
    out.smtpd_discard_ehlo_keywords = smtp::parse_ehlo_keywords(view.text("smtpd_discard_ehlo_keywords")).value_or(smtp::EhloKeywords{});
    out.notify_classes = ErrorClasses::parse(view.list("notify_classes"));
    out.smtpd_history_flush_threshold = count(view, "smtpd_history_flush_threshold");
    out.error_notice_recipient = view.text("error_notice_recipient");
    out.double_bounce_sender = view.text("double_bounce_sender");
    out.default_verp_delimiters = view.text("default_verp_delimiters");
    out.verp_delimiter_filter = view.text("verp_delimiter_filter");
    out.content_filter = view.text("content_filter");
    for (const std::string& option : view.list("receive_override_options")) {
        out.no_address_mappings = out.no_address_mappings || base::iequals(option, "no_address_mappings");
        out.no_header_body_checks = out.no_header_body_checks || base::iequals(option, "no_header_body_checks");
        if (base::iequals(option, "no_unknown_recipient_checks")) {
            out.smtpd_reject_unlisted_recipient = false;
        }
    }
    out.smtpd_reject_footer = view.text("smtpd_reject_footer");
    return out;
}

}  // namespace posthouse::receive
