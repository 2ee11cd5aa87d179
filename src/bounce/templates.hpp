#pragma once
// The texts of notifications as bounce(5) writes them: ours, or those of bounce_template_file.
#include <functional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "config/view.hpp"

namespace posthouse::bounce {

struct NoticeTemplate {
    std::string_view name;  // failure, delay, success, verify
    std::string charset = "us-ascii";
    std::string from = "Mail Delivery System <MAILER-DAEMON>";
    std::string subject;
    std::string postmaster_subject;  // empty: no copies go to the postmaster
    std::string text;                // lines ended by LF
    bool is_built_in = true;
};

struct Templates {
    NoticeTemplate failure, delay, success, verify;
};

/// Warnings for the operator, complete with file and line.
using Warn = std::function<void(std::string)>;

[[nodiscard]] Templates built_in_templates();

/// ErrorKind::invalid: not the form of bounce(5), with file and line. A template that cannot be used leaves the built-in one, with
/// a warning.
[[nodiscard]] base::Result<Templates> parse_templates(std::string_view text, const std::string& file, const Warn& warn);

/// As bounce_template_file and `postconf -t` have it.
[[nodiscard]] std::string template_file(const Templates& templates);

/// The $names of a template's text with the values of main.cf; delay_warning_time_hours and its like in the unit that is named.
/// $will_retry_until, which is ours, stays: only a notice knows it. ErrorKind::invalid: bad syntax, an undefined name.
[[nodiscard]] base::Result<std::string> expanded_text(const NoticeTemplate& shape, const std::string& file, const config::View& view, const Warn& warn);

/// The templates that `view` asks for with their texts expanded. `file_text` is what bounce_template_file has; a file that cannot be
/// used leaves the built-in texts, with a warning.
[[nodiscard]] Templates templates_for(const config::View& view, const base::Result<std::string>& file_text, const Warn& warn);

}  // namespace posthouse::bounce
