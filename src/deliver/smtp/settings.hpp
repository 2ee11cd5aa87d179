#pragma once
// What the SMTP client reads from main.cf and the -o options of its master.cf row. Fields are named as the parameters.
#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "config/view.hpp"
#include "deliver/smtp/tls_policy.hpp"
#include "dns/mx_lookup.hpp"
#include "sasl/mechanism.hpp"
#include "smtp/extensions.hpp"

namespace posthouse::deliver {

struct SmtpSettings {
    using Seconds = std::chrono::seconds;

    std::string speaker = "postfix/smtp";  // syslog_name and program, for the log
    std::string relayhost;
    std::string smtp_helo_name = "localhost";

    dns::MxLookupOptions mx;  // smtp_host_lookup, inet_protocols, smtp_randomize_addresses …
    bool disable_dns_lookups = false;
    std::uint16_t smtp_tcp_port = 25;
    std::size_t smtp_mx_address_limit = 5;  // 0: no limit
    std::size_t smtp_mx_session_limit = 2;
    bool smtp_balance_inet_protocols = true;
    std::vector<std::string> smtp_fallback_relay;
    std::optional<base::IpAddress> smtp_bind_address, smtp_bind_address6;
    bool smtp_bind_address_enforce = false;

    Seconds smtp_connect_timeout{30};
    Seconds smtp_helo_timeout{300};
    Seconds smtp_starttls_timeout{300};
    Seconds smtp_mail_timeout{300};
    Seconds smtp_rcpt_timeout{300};
    Seconds smtp_data_init_timeout{120};
    Seconds smtp_rset_timeout{20};
    Seconds smtp_data_xfer_timeout{180};
    Seconds smtp_data_done_timeout{600};
    Seconds smtp_quit_timeout{300};
    Seconds smtp_xforward_timeout{300};
    Seconds minimal_backoff_time{300};

    bool smtp_always_send_ehlo = true;
    bool smtp_never_send_ehlo = false;
    bool smtp_skip_5xx_greeting = true;
    bool smtp_skip_quit_response = true;
    smtp::EhloKeywords smtp_discard_ehlo_keywords;
    bool smtp_bdat = true;
    bool notify_protocol = false, notify_resource = false;  // notify_classes
    std::string error_notice_recipient, double_bounce_sender, myhostname, mail_name;
    std::size_t smtp_line_length_limit = 998;
    bool smtp_quote_rfc821_envelope = true;
    bool smtp_address_verify_target_data = false;  // smtp_address_verify_target = data
    bool smtp_send_xforward_command = false;
    bool smtp_per_request_deadline = false;
    std::size_t smtp_min_data_rate = 500;  // bytes a second
    bool disable_mime_output_conversion = false;

    bool smtp_connection_cache_on_demand = true;
    Seconds smtp_connection_cache_time_limit{2};
    Seconds smtp_connection_reuse_time_limit{300};
    std::size_t smtp_connection_reuse_count_limit = 0;  // 0: no limit

    TlsSettings tls;
    bool smtp_tls_wrappermode = false;
    int smtp_tls_loglevel = 0;
    bool smtp_tls_note_starttls_offer = false;

    bool smtp_sasl_auth_enable = false;
    bool smtp_sasl_auth_soft_bounce = true;
    bool smtp_sender_dependent_authentication = false;
    std::string recipient_delimiter;  // what senders have in front of an extension
    sasl::SecurityOptions smtp_sasl_security_options{.noplaintext = true, .noanonymous = true};
    sasl::SecurityOptions smtp_sasl_tls_security_options{.noplaintext = true, .noanonymous = true};
    sasl::SecurityOptions smtp_sasl_tls_verified_security_options{.noplaintext = true, .noanonymous = true};
    bool smtp_send_dummy_mail_auth = false;
    bool send_cyrus_sasl_authzid = false;
    std::string smtp_sasl_password_result_delimiter = ":";
    std::string smtp_sasl_auth_cache_name;  // empty: refused logins are not remembered
    Seconds smtp_sasl_auth_cache_time{std::chrono::days{90}};
    std::string smtp_sasl_mechanism_filter;

    /// `program` is the master.cf row's program name for the log ("smtp"). Addresses of ours are found out by the
    /// caller.
    [[nodiscard]] static SmtpSettings from(const config::View& view, std::string_view program,
                                           std::vector<base::IpAddress> own_addresses);
};

}  // namespace posthouse::deliver
