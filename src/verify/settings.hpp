#pragma once
// What verify takes from main.cf, and from its row in master.cf (verify(8)).
#include <chrono>
#include <string>

#include "config/view.hpp"

namespace posthouse::verify {

struct VerifySettings {
    std::string label = "postfix/verify";  // syslog_name "/verify"
    std::string address_verify_map;
    bool address_verify_negative_cache = true;
    std::chrono::seconds address_verify_positive_expire_time{std::chrono::days{31}};
    std::chrono::seconds address_verify_positive_refresh_time{std::chrono::days{7}};
    std::chrono::seconds address_verify_negative_expire_time{std::chrono::days{3}};
    std::chrono::seconds address_verify_negative_refresh_time{std::chrono::hours{3}};
    std::chrono::seconds address_verify_cache_cleanup_interval{std::chrono::hours{12}};
    std::size_t address_verify_pending_request_limit = 5000;
    std::string address_verify_sender;  // internal form, may lack its domain; empty: the null reverse-path
    std::chrono::seconds address_verify_sender_ttl{0};

    [[nodiscard]] static VerifySettings from(const config::View& view);
};

}  // namespace posthouse::verify
