#pragma once
// Parameters of cleanup(8), named as in postconf(5).
#include <array>
#include <bitset>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "checks/check_set.hpp"
#include "config/view.hpp"
#include "mail/milters.hpp"
#include "message/date.hpp"
#include "world/cores.hpp"
#include "world/deadline.hpp"

namespace posthouse::cleanup {

struct CleanupSettings {
    std::size_t hopcount_limit = 50;
    base::Bytes header_size_limit{102400};
    base::Bytes message_size_limit{10240000};  // 0: no limit
    base::Bytes queue_minfree{0};
    std::size_t duplicate_filter_limit = 1000;  // 0: no limit
    bool detect_8bit_encoding_header = true;
    std::array<bool, 3> smtputf8_autodetects{};  // by mail::MailSource; smtputf8_autodetect_classes
    bool always_add_missing_headers = false;
    std::vector<std::string> message_drop_headers;  // lower case
    std::string undisclosed_recipients_header;  // empty: none
    /// Set: at least one byte is in it. Line ends never are.
    std::optional<std::bitset<256>> message_reject_characters, message_strip_characters;
    bool strict_7bit_headers = false;
    std::string verp_delimiter_filter = "-=+";
    /// The milters of a message that comes by no smtpd (non_smtpd_milters); unset: none. Of this core's, `queue_id` is for macros and the log.
    std::function<std::unique_ptr<mail::Milters>(world::Core& home, std::string queue_id)> local_milters;
    bool filters_notices = false;  // internal_mail_filter_classes
    std::string content_filter;  // of local submission: transport:nexthop
    bool no_header_body_checks = false, no_milters = false, no_address_mappings = false;  // of local submission: receive_override_options
    checks::CheckSet checks;  // header_checks and its kin; opened by the caller
    checks::CheckList milter_header_checks;  // likewise
    std::string myhostname;
    std::string queue_directory;
    std::string label = "postfix/cleanup";
    std::function<message::Zone(world::WallTime)> zone;  // the local time zone; unset: UTC

    [[nodiscard]] static CleanupSettings from(const config::View& view);
};

}  // namespace posthouse::cleanup
