#pragma once
// sendmail(1)'s options: what programs have used for forty years. Those without a meaning here are read and ignored.
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "mail/envelope.hpp"
#include "tools/sendmail_message.hpp"

namespace posthouse::tools {

enum class SendmailMode { deliver, verify, smtp, list_queue, new_aliases, flush_queue, flush_message, flush_site, daemon, nothing };

struct SendmailOptions {
    SendmailMode mode = SendmailMode::deliver;
    DotLine dot = DotLine::ends_message;
    RecipientSource recipient_source = RecipientSource::arguments;
    std::string config_option;
    std::string sender;
    bool has_sender = false;  // -f '' is a sender: the null reverse-path
    std::string full_name;
    std::string envelope_id;
    mail::DsnNotify notify;
    unsigned verbose = 0;  // -v: once, a report of the delivery; more often, details for who looks for faults
    mail::DsnRet ret = mail::DsnRet::unset;
    mail::BodyType body = mail::BodyType::unset;
    std::optional<std::string> verp;  // -XV: the two delimiters; empty: default_verp_delimiters
    std::string flush_argument;  // queue id or site
    std::string alias_database;  // -oA: instead of what main.cf says
    bool is_gateway = false;     // -G: not the first submission; headers are not completed
    std::vector<std::string> warnings;
    std::vector<std::string> recipients;
};

/// `arguments` without the program's name. ErrorKind::invalid: a usage error; ErrorKind::not_found: what getopt(3) says of an option
/// that does not exist or lacks its argument.
[[nodiscard]] base::Result<SendmailOptions> parse_sendmail_options(const std::vector<std::string>& arguments);

}  // namespace posthouse::tools
