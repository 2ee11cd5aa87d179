#include "deliver/smtp/settings.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace posthouse::deliver {
namespace {

std::size_t count(const config::View& view, std::string_view name) {
    return static_cast<std::size_t>(std::max<std::int64_t>(0, view.integer(name)));
}

dns::InetProtocols inet_protocols(const std::vector<std::string>& words) {
    const bool v4 = std::find(words.begin(), words.end(), "ipv4") != words.end();
    const bool v6 = std::find(words.begin(), words.end(), "ipv6") != words.end();
    if (v4 == v6) {
        return dns::InetProtocols::all;
    }
    return v4 ? dns::InetProtocols::ipv4 : dns::InetProtocols::ipv6;
}

std::vector<dns::HostSource> host_sources(const std::vector<std::string>& words) {
    std::vector<dns::HostSource> out;
    for (const auto& word : words) {
        if (base::iequals(word, "dns")) {
            out.push_back(dns::HostSource::dns);
        } else if (base::iequals(word, "native")) {
            out.push_back(dns::HostSource::native);
        }
    }
    return out.empty() ? std::vector{dns::HostSource::dns} : out;
}

dns::MxLookupOptions mx_options(const config::View& view, std::vector<base::IpAddress> own_addresses) {
    dns::MxLookupOptions out;
    out.host.inet_protocols = inet_protocols(view.list("inet_protocols"));
    out.host.smtp_host_lookup = host_sources(view.list("smtp_host_lookup"));
    const std::string preference = base::lower(view.text("smtp_address_preference"));
    if (preference == "ipv4" || preference == "ipv6") {
        out.smtp_address_preference =
            preference == "ipv4" ? dns::AddressPreference::ipv4 : dns::AddressPreference::ipv6;
    }
    out.smtp_randomize_addresses = view.boolean("smtp_randomize_addresses") ? dns::Randomize::yes : dns::Randomize::no;
    out.ignore_mx_lookup_error = view.boolean("ignore_mx_lookup_error");
    out.smtp_defer_if_no_mx_address_found = view.boolean("smtp_defer_if_no_mx_address_found");
    out.smtp_cname_overrides_servername =
        view.boolean("smtp_cname_overrides_servername") ? dns::ServerName::canonical : dns::ServerName::as_asked;
    out.own_addresses = std::move(own_addresses);
    return out;
}

// smtp_use_tls and smtp_enforce_tls are what smtp_tls_security_level replaced; they still count when it is empty.
TlsLevel security_level(const config::View& view) {
    const std::string text = view.text("smtp_tls_security_level");
    if (!text.empty()) {
        // The start-up check refuses an unknown level; nothing weaker than asked for may come of it here.
        return parse_tls_level(text).value_or(TlsLevel::secure);
    }
    if (view.boolean("smtp_enforce_tls")) {
        return view.boolean("smtp_tls_enforce_peername") ? TlsLevel::verify : TlsLevel::encrypt;
    }
    return view.boolean("smtp_use_tls") ? TlsLevel::may : TlsLevel::none;
}

std::vector<std::string> match_list(const config::View& view, std::string_view name) {
    std::vector<std::string> out;
    const std::string text = view.text(name);
    for (const auto word : base::split_words(text, ":, \t\r\n")) {
        out.emplace_back(word);
    }
    return out;
}

std::vector<std::string> fingerprints(const config::View& view) {
    std::vector<std::string> out;
    const std::string text = view.text("smtp_tls_fingerprint_cert_match");
    for (const auto word : base::split_words(text, "|, \t\r\n")) {
        out.emplace_back(word);
    }
    return out;
}

void read_certificates(const config::View& view, TlsSettings& tls) {
    tls.chain_files = view.list("smtp_tls_chain_files");
    if (!tls.chain_files.empty()) {
        return;
    }
    for (const std::string_view prefix : {"smtp_tls_", "smtp_tls_ec", "smtp_tls_d"}) {
        const std::string certificate = view.text(std::string(prefix) + "cert_file");
        if (!certificate.empty()) {
            tls.chain_files.push_back(certificate);
            tls.key_files.push_back(view.text(std::string(prefix) + "key_file"));
        }
    }
}

TlsSettings tls_settings(const config::View& view) {
    TlsSettings out;
    out.smtp_tls_security_level = security_level(view);
    out.smtp_tls_protocols = view.text("smtp_tls_protocols");
    out.smtp_tls_mandatory_protocols = view.text("smtp_tls_mandatory_protocols");
    out.smtp_tls_ciphers = view.text("smtp_tls_ciphers");
    out.smtp_tls_mandatory_ciphers = view.text("smtp_tls_mandatory_ciphers");
    out.smtp_tls_exclude_ciphers = view.text("smtp_tls_exclude_ciphers");
    out.smtp_tls_mandatory_exclude_ciphers = view.text("smtp_tls_mandatory_exclude_ciphers");
    out.smtp_tls_verify_cert_match = match_list(view, "smtp_tls_verify_cert_match");
    out.smtp_tls_secure_cert_match = match_list(view, "smtp_tls_secure_cert_match");
    out.smtp_tls_fingerprint_cert_match = fingerprints(view);
    out.smtp_tls_fingerprint_digest = view.text("smtp_tls_fingerprint_digest");
    out.smtp_tls_scert_verifydepth = static_cast<int>(view.integer("smtp_tls_scert_verifydepth"));
    out.toolkit = world::TlsToolkitSettings::from(view);
    out.smtp_tls_servername = view.text("smtp_tls_servername");
    out.smtp_tls_CAfile = view.text("smtp_tls_CAfile");
    out.smtp_tls_CApath = view.text("smtp_tls_CApath");
    out.tls_append_default_CA = view.boolean("tls_append_default_CA");
    out.tls_wildcard_matches_multiple_labels = view.boolean("tls_wildcard_matches_multiple_labels");
    read_certificates(view, out);
    return out;
}

void read_notices(const config::View& view, SmtpSettings& out) {
    for (const std::string& word : view.list("notify_classes")) {
        out.notify_protocol = out.notify_protocol || base::iequals(word, "protocol");
        out.notify_resource = out.notify_resource || base::iequals(word, "resource");
    }
    out.error_notice_recipient = view.text("error_notice_recipient");
    out.double_bounce_sender = view.text("double_bounce_sender");
    out.myhostname = view.text("myhostname");
    out.mail_name = view.text("mail_name");
}

void read_timeouts(const config::View& view, SmtpSettings& out) {
    out.smtp_connect_timeout = view.time("smtp_connect_timeout");
    out.smtp_helo_timeout = view.time("smtp_helo_timeout");
    out.smtp_starttls_timeout = view.time("smtp_starttls_timeout");
    out.smtp_mail_timeout = view.time("smtp_mail_timeout");
    out.smtp_rcpt_timeout = view.time("smtp_rcpt_timeout");
    out.smtp_rset_timeout = view.time("smtp_rset_timeout");
    out.smtp_data_init_timeout = view.time("smtp_data_init_timeout");
    out.smtp_data_xfer_timeout = view.time("smtp_data_xfer_timeout");
    out.smtp_data_done_timeout = view.time("smtp_data_done_timeout");
    out.smtp_xforward_timeout = view.time("smtp_xforward_timeout");
    out.smtp_quit_timeout = view.time("smtp_quit_timeout");
    out.minimal_backoff_time = view.time("minimal_backoff_time");
    out.smtp_connection_cache_time_limit = std::min(view.time("smtp_connection_cache_time_limit"), view.time("connection_cache_ttl_limit"));
    out.smtp_connection_reuse_time_limit = view.time("smtp_connection_reuse_time_limit");
    // 0 means for ever to connect(2); here every wait ends.
    if (out.smtp_connect_timeout.count() == 0) {
        out.smtp_connect_timeout = SmtpSettings::Seconds{300};
    }
}

// A word nobody knows may have been meant to forbid something: then nothing but the strictest default will do.
sasl::SecurityOptions security_options(const config::View& view, std::string_view name) {
    return sasl::parse_security_options(view.text(name))
        .value_or(sasl::SecurityOptions{.noplaintext = true, .noanonymous = true});
}

void read_sasl(const config::View& view, SmtpSettings& out) {
    out.smtp_sasl_auth_enable = view.boolean("smtp_sasl_auth_enable");
    out.smtp_sasl_auth_soft_bounce = view.boolean("smtp_sasl_auth_soft_bounce");
    out.smtp_sender_dependent_authentication = view.boolean("smtp_sender_dependent_authentication");
    out.recipient_delimiter = view.text("recipient_delimiter");
    out.smtp_sasl_security_options = security_options(view, "smtp_sasl_security_options");
    out.smtp_sasl_tls_security_options = security_options(view, "smtp_sasl_tls_security_options");
    out.smtp_sasl_tls_verified_security_options = security_options(view, "smtp_sasl_tls_verified_security_options");
    out.send_cyrus_sasl_authzid = view.boolean("send_cyrus_sasl_authzid");
    if (const std::string delimiter = view.text("smtp_sasl_password_result_delimiter"); !delimiter.empty()) {
        out.smtp_sasl_password_result_delimiter = delimiter;
    }
    out.smtp_sasl_auth_cache_name = view.text("smtp_sasl_auth_cache_name");
    out.smtp_sasl_auth_cache_time = view.time("smtp_sasl_auth_cache_time");
    out.smtp_send_dummy_mail_auth = view.boolean("smtp_send_dummy_mail_auth");
    out.smtp_sasl_mechanism_filter = view.text("smtp_sasl_mechanism_filter");
}

// A virtual host on one address sends from that address: inet_interfaces in postconf(5).
void bind_to_sole_address(SmtpSettings& settings) {
    for (const bool is_v4 : {true, false}) {
        std::vector<base::IpAddress> own;
        for (const base::IpAddress& address : settings.mx.own_addresses) {
            if (address.is_v4() == is_v4) {
                own.push_back(address);
            }
        }
        auto& bind_address = is_v4 ? settings.smtp_bind_address : settings.smtp_bind_address6;
        if (!bind_address && own.size() == 1 && !own.front().is_loopback()) {
            bind_address = own.front();
        }
    }
}

}  // namespace

SmtpSettings SmtpSettings::from(const config::View& view, std::string_view program,
                                std::vector<base::IpAddress> own_addresses) {
    SmtpSettings out;
    out.speaker = view.text("syslog_name") + '/' + std::string(program);
    out.relayhost = view.text("relayhost");
    out.smtp_helo_name = view.text("smtp_helo_name");
    out.mx = mx_options(view, std::move(own_addresses));
    out.disable_dns_lookups =
        view.boolean("disable_dns_lookups") || base::iequals(view.text("smtp_dns_support_level"), "disabled");
    out.smtp_tcp_port = parse_port(view.text("smtp_tcp_port")).value_or(25);
    out.smtp_mx_address_limit = count(view, "smtp_mx_address_limit");
    out.smtp_mx_session_limit = count(view, "smtp_mx_session_limit");
    out.smtp_fallback_relay = view.list("smtp_fallback_relay");
    out.smtp_bind_address = base::IpAddress::parse(view.text("smtp_bind_address"));
    out.smtp_bind_address6 = base::IpAddress::parse(view.text("smtp_bind_address6"));
    if (view.list("proxy_interfaces").empty()) {
        bind_to_sole_address(out);
    }
    out.smtp_bind_address_enforce = view.boolean("smtp_bind_address_enforce");
    out.smtp_balance_inet_protocols = view.boolean("smtp_balance_inet_protocols");
    out.smtp_address_verify_target_data = base::iequals(view.text("smtp_address_verify_target"), "data");
    out.smtp_quote_rfc821_envelope = view.boolean("smtp_quote_rfc821_envelope");
    out.smtp_send_xforward_command = view.boolean("smtp_send_xforward_command");
    out.smtp_per_request_deadline = view.boolean("smtp_per_request_deadline");
    out.smtp_min_data_rate = std::max<std::size_t>(1, count(view, "smtp_min_data_rate"));
    read_timeouts(view, out);
    out.smtp_always_send_ehlo = view.boolean("smtp_always_send_ehlo");
    out.smtp_never_send_ehlo = view.boolean("smtp_never_send_ehlo");
    out.smtp_skip_5xx_greeting = view.boolean("smtp_skip_5xx_greeting");
    out.smtp_skip_quit_response = view.boolean("smtp_skip_quit_response");
    out.smtp_discard_ehlo_keywords =
        smtp::parse_ehlo_keywords(view.text("smtp_discard_ehlo_keywords")).value_or(smtp::EhloKeywords{});
    out.smtp_bdat = view.boolean("smtp_bdat");
    out.smtp_line_length_limit = count(view, "smtp_line_length_limit");
    out.disable_mime_output_conversion = view.boolean("disable_mime_output_conversion");
    out.smtp_connection_cache_on_demand = view.boolean("smtp_connection_cache_on_demand");
    out.smtp_connection_reuse_count_limit = count(view, "smtp_connection_reuse_count_limit");
    out.tls = tls_settings(view);
    out.smtp_tls_wrappermode = view.boolean("smtp_tls_wrappermode");
    out.smtp_tls_loglevel = static_cast<int>(view.integer("smtp_tls_loglevel"));
    out.smtp_tls_note_starttls_offer = view.boolean("smtp_tls_note_starttls_offer");
    read_sasl(view, out);
    read_notices(view, out);
    return out;
}

}  // namespace posthouse::deliver
