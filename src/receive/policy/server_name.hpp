#pragma once
// The argument of check_policy_service: where the server is and how to talk to it (SMTPD_POLICY_README, "Advanced policy
// client configuration"). Pure.
#include <chrono>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "config/view.hpp"

namespace posthouse::receive {

struct PolicyServerName {
    enum class Kind : std::uint8_t { inet, unix_socket } kind = Kind::inet;
    std::string text;  // without "inet:" or "unix:": "127.0.0.1:10023", "private/policy"
    friend bool operator==(const PolicyServerName&, const PolicyServerName&) = default;
};

/// smtpd_policy_service_…, or what the restriction says instead.
struct PolicySettings {
    PolicyServerName server;
    std::string default_action, policy_context;
    std::chrono::seconds max_idle{300}, max_ttl{1000}, retry_delay{1}, timeout{100};
    std::size_t request_limit = 0, try_limit = 2;
    friend bool operator==(const PolicySettings&, const PolicySettings&) = default;
};

/// "inet:host:port", "unix:path", or "{ inet:host:port, timeout=10s, default_action=DUNNO }". An error says what is wrong.
[[nodiscard]] base::Result<PolicySettings> parse_policy_server(std::string_view argument, const config::View& view);

}  // namespace posthouse::receive
