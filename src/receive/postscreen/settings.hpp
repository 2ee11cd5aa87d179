#pragma once
// Parameters of postscreen(8), named as in postconf(5). One per master.cf row.
#include <chrono>
#include <functional>
#include <string>

#include "base/bytes.hpp"
#include "config/view.hpp"
#include "receive/expansion_filter.hpp"
#include "receive/postscreen/test_stamps.hpp"
#include "smtp/extensions.hpp"

namespace posthouse::receive::postscreen {

/// What happens to a client that fails a test.
enum class Action : std::uint8_t { ignore, enforce, drop };

/// A value that has another default under stress (STRESS_README).
struct StressDependent {
    std::chrono::seconds normal{0}, stressed{0};
};

struct ScreenSettings {
    std::string label = "postfix/postscreen";    // syslog_name "/postscreen"
    std::string dnsblog_label = "postfix/dnsblog";
    std::string tls_label = "postfix/tlsproxy";
    std::string myhostname, smtpd_banner, postscreen_greet_banner;

    StressDependent postscreen_greet_wait{std::chrono::seconds{6}, std::chrono::seconds{2}};
    StressDependent postscreen_command_time_limit{std::chrono::seconds{300}, std::chrono::seconds{10}};

    Action postscreen_denylist_action = Action::ignore;
    Action postscreen_greet_action = Action::ignore;
    Action postscreen_dnsbl_action = Action::ignore;
    Action postscreen_pipelining_action = Action::enforce;
    Action postscreen_non_smtp_command_action = Action::drop;
    Action postscreen_bare_newline_action = Action::ignore;

    TestSet enabled;  // by the banner, the DNS lists and …_enable
    std::chrono::seconds postscreen_greet_ttl{std::chrono::days{1}};
    std::chrono::seconds postscreen_pipelining_ttl{std::chrono::days{30}}, postscreen_non_smtp_command_ttl{std::chrono::days{30}}, postscreen_bare_newline_ttl{std::chrono::days{30}};
    std::chrono::seconds postscreen_dnsbl_min_ttl{60}, postscreen_dnsbl_max_ttl{3600}, postscreen_dnsbl_timeout{10};
    std::chrono::seconds dnsblog_reply_delay{0};
    int postscreen_dnsbl_threshold = 1;
    int postscreen_dnsbl_allowlist_threshold = 0;  // counts if it is negative

    std::chrono::seconds postscreen_cache_retention_time{std::chrono::days{7}}, postscreen_cache_cleanup_interval{std::chrono::hours{12}};
    std::string postscreen_cache_map;

    std::size_t postscreen_client_connection_count_limit = 50;
    std::size_t postscreen_pre_queue_limit = 100, postscreen_post_queue_limit = 100;
    std::string postscreen_upstream_proxy_protocol;  // empty: none
    std::chrono::seconds postscreen_upstream_proxy_timeout{5};
    std::size_t postscreen_command_count_limit = 20;
    std::size_t line_length_limit = 2048;
    base::Bytes message_size_limit{10240000};

    bool postscreen_helo_required = false;
    bool postscreen_disable_vrfy_command = false;
    bool disable_vrfy_command = false;
    bool smtputf8_enable = true;
    bool soft_bounce = false;
    bool respectful_logging = true;
    smtp::EhloKeywords postscreen_discard_ehlo_keywords;
    std::string postscreen_reject_footer;
    ExpansionFilter postscreen_expansion_filter;

    enum class TlsLevel : std::uint8_t { none, may, encrypt } postscreen_tls_security_level = TlsLevel::none;
    int smtpd_tls_loglevel = 0;

    /// `stressed`: the same row with stress = yes. `problem` hears of values that are none; a harmless one is in force then.
    [[nodiscard]] static ScreenSettings from(const config::View& view, const config::View& stressed, const std::function<void(std::string)>& problem);

    [[nodiscard]] std::chrono::seconds ttl_of(Test deep_test) const;
    [[nodiscard]] Action action_of(Test test) const;
    /// How long a failure that is ignored is not looked at again: the shortest of all ttls.
    [[nodiscard]] std::chrono::seconds shortest_ttl() const;
};

}  // namespace posthouse::receive::postscreen
