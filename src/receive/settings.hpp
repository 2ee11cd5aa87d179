#pragma once
// Parameters of smtpd(8), named as in postconf(5). One per master.cf row.
#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "config/view.hpp"
#include "receive/error_class.hpp"
#include "receive/expansion_filter.hpp"
#include "smtp/extensions.hpp"

namespace posthouse::receive {

struct SmtpdSettings {
    std::string label = "postfix/smtpd";  // syslog_name "/smtpd"
    std::string service = "smtp";         // the row's name in master.cf
    std::string myhostname, mail_name, smtpd_banner;

    std::chrono::seconds smtpd_timeout{300};
    std::chrono::seconds smtpd_starttls_timeout{300};
    std::size_t line_length_limit = 2048;
    std::size_t smtpd_recipient_limit = 1000;
    std::size_t smtpd_recipient_overshoot_limit = 1000;
    std::size_t smtpd_soft_error_limit = 10;
    std::size_t smtpd_hard_error_limit = 20;
    std::size_t smtpd_junk_command_limit = 100;
    std::chrono::seconds smtpd_error_sleep_time{1};
    std::size_t smtpd_client_connection_count_limit = 50;
    std::size_t smtpd_client_connection_rate_limit = 0;
    std::size_t smtpd_client_message_rate_limit = 0;
    std::size_t smtpd_client_recipient_rate_limit = 0;
    std::size_t smtpd_client_auth_rate_limit = 0;
    std::size_t smtpd_client_new_tls_session_rate_limit = 0;
    unsigned smtpd_client_ipv4_prefix_length = 32, smtpd_client_ipv6_prefix_length = 128;
    bool smtpd_per_request_deadline = false;
    std::size_t smtpd_min_data_rate = 500;  // bytes a second
    std::chrono::seconds anvil_rate_time_unit{60};
    base::Bytes message_size_limit{10240000};

    bool soft_bounce = false;
    bool smtpd_delay_reject = true;
    bool smtpd_helo_required = false;
    bool strict_rfc821_envelopes = false;
    bool resolve_numeric_domain = false;
    bool disable_vrfy_command = false;
    bool smtputf8_enable = true;
    bool smtpd_peername_lookup = true;
    bool smtpd_reject_unlisted_recipient = true;
    bool smtpd_reject_unlisted_sender = false;
    bool smtpd_relay_before_recipient_restrictions = true;
    enum class ForbidBareNewline : std::uint8_t { no, note, normalize, reject } smtpd_forbid_bare_newline = ForbidBareNewline::normalize;
    /// "yes" is "normalize"; nullopt: no such word.
    [[nodiscard]] static std::optional<ForbidBareNewline> parse_forbid_bare_newline(std::string_view text);
    int smtpd_forbid_bare_newline_reject_code = 550;
    bool smtpd_client_port_logging = false;
    bool smtpd_hide_client_session = false;
    bool strict_smtputf8 = false;
    bool show_user_unknown_table_name = true;
    bool smtpd_forbid_unauth_pipelining = false;
    smtp::EhloKeywords smtpd_discard_ehlo_keywords;
    std::string smtpd_reject_footer;
    ExpansionFilter smtpd_expansion_filter;
    ErrorClasses notify_classes;
    std::size_t smtpd_history_flush_threshold = 100;
    std::string error_notice_recipient = "postmaster", double_bounce_sender = "double-bounce";
    std::string default_verp_delimiters = "+=", verp_delimiter_filter = "-=+";
    std::string content_filter;  // transport:nexthop
    bool no_header_body_checks = false, no_address_mappings = false;  // receive_override_options
    enum class UpstreamProxy : std::uint8_t { none, haproxy } smtpd_upstream_proxy_protocol = UpstreamProxy::none;
    std::chrono::seconds smtpd_upstream_proxy_timeout{5};

    int access_map_reject_code = 554, access_map_defer_code = 450, defer_code = 450, reject_code = 554;
    int relay_domains_reject_code = 554, non_fqdn_reject_code = 504, invalid_hostname_reject_code = 501;
    int unknown_address_reject_code = 450, unknown_client_reject_code = 450, unknown_hostname_reject_code = 450;
    int plaintext_reject_code = 450, multi_recipient_bounce_reject_code = 550, maps_rbl_reject_code = 554;
    int unknown_local_recipient_reject_code = 550, unknown_relay_recipient_reject_code = 550;
    int unknown_virtual_alias_reject_code = 550, unknown_virtual_mailbox_reject_code = 550;

    /// unverified_sender_… and unverified_recipient_….
    struct Unverified {
        int reject_code = 450, defer_code = 450;
        std::string reject_reason;
        bool tempfail_defers = false;  // tempfail_action = defer
    } unverified_sender, unverified_recipient;
    std::int64_t address_verify_poll_count = 3;
    std::chrono::seconds address_verify_poll_delay{3};
    std::string address_verify_sender;  // may lack its domain; empty: the null reverse-path
    std::chrono::seconds address_verify_sender_ttl{0};

    enum class TlsLevel { none, may, encrypt } smtpd_tls_security_level = TlsLevel::none;
    bool smtpd_tls_wrappermode = false;
    bool smtpd_tls_auth_only = false;
    bool smtpd_tls_received_header = false;
    bool smtpd_tls_ask_ccert = false, smtpd_tls_req_ccert = false;
    int smtpd_tls_loglevel = 0;
    bool smtpd_sasl_auth_enable = false;
    std::string smtpd_sasl_service = "smtp";
    bool broken_sasl_auth_clients = false;
    bool smtpd_sasl_authenticated_header = false;
    std::size_t smtpd_sasl_response_limit = 12288;

    /// What a restriction does that cannot ask the DNS for now.
    enum class TempfailAction : std::uint8_t { defer_if_permit, defer };
    TempfailAction unknown_address_tempfail_action = TempfailAction::defer_if_permit, unknown_helo_hostname_tempfail_action = TempfailAction::defer_if_permit;

    [[nodiscard]] bool requires_tls() const { return smtpd_tls_security_level == TlsLevel::encrypt || smtpd_tls_wrappermode; }
    /// Whether mail comes in only with a client certificate that is trusted.
    [[nodiscard]] bool requires_certificate() const { return smtpd_tls_req_ccert && requires_tls(); }
    [[nodiscard]] bool asks_for_certificate() const { return smtpd_tls_ask_ccert || requires_certificate(); }

    [[nodiscard]] static SmtpdSettings from(const config::View& view);
};

}  // namespace posthouse::receive
