// sendmail(1) and newaliases(1): local programs hand mail in.
#include <pwd.h>
#include <sys/types.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "base/format.hpp"
#include "base/text.hpp"
#include "mail/submission.hpp"
#include "mail/verp.hpp"
#include "smtp/address.hpp"
#include "tools/control_client.hpp"
#include "tools/maildrop.hpp"
#include "tools/messages.hpp"
#include "tools/sendmail_options.hpp"
#include "tools/sibling.hpp"
#include "tools/smtp_relay.hpp"
#include "tools/tool_config.hpp"
#include "tools/tools.hpp"

namespace posthouse::tools {
namespace {

constexpr std::string_view tool = "sendmail";
constexpr std::uint64_t input_size_max = 1ULL << 30;  // if message_size_limit = 0; the message is held in memory here

struct User {
    std::string name;
    std::string full_name;
};

User current_user() {
    User user{base::format("uid-{}", getuid()), {}};
    if (const passwd* entry = getpwuid(getuid())) {
        user.name = entry->pw_name;
        const std::string_view gecos = entry->pw_gecos;
        user.full_name = gecos.substr(0, gecos.find(','));
    }
    if (const char* name = std::getenv("NAME"); name != nullptr && *name != '\0') {
        user.full_name = name;
    }
    return user;
}

// What is said about this submission: "root(0): text".
int refuse(const User& user, int status, std::string_view text) {
    return fatal(tool, status, base::format("{}({}): {}", user.name, getuid(), text));
}

base::Result<std::string> read_input(std::uint64_t size_max) {
    std::string input;
    char buffer[64 * 1024];
    for (;;) {
        const ssize_t count = read(STDIN_FILENO, buffer, sizeof(buffer));
        if (count == 0) {
            return input;
        }
        if (count < 0) {
            if (errno == EINTR) {
                continue;
            }
            return base::fail(base::ErrorKind::io, std::string("error reading input: ") + std::strerror(errno));
        }
        input.append(buffer, static_cast<std::size_t>(count));
        if (input.size() > size_max) {
            return base::fail(base::ErrorKind::limit, "message file too big");
        }
    }
}

mail::Submission make_submission(const SendmailOptions& options, const ToolSettings& settings, std::string sender, const std::vector<std::string>& recipients) {
    mail::Submission submission;
    submission.uid = getuid();
    mail::Envelope& envelope = submission.envelope;
    envelope.reverse_path = mail::ReversePath(std::move(sender));
    envelope.envelope_id = options.envelope_id;
    envelope.ret = options.ret;
    envelope.body = options.body;
    if (options.verp) {
        envelope.verp_delimiters = options.verp->empty() ? settings.default_verp_delimiters : *options.verp;
    }
    envelope.header_context = options.is_gateway ? mail::Envelope::HeaderContext::remote : mail::Envelope::HeaderContext::local;
    if (options.mode == SendmailMode::verify) {
        envelope.purpose = mail::Envelope::Purpose::ask;
    } else if (options.verbose == 1) {
        envelope.purpose = mail::Envelope::Purpose::deliver_and_report;
    }
    for (const std::string& address : recipients) {
        envelope.recipients.push_back({address, address, {}, options.notify});
        for (const char c : address) {
            envelope.smtputf8 = envelope.smtputf8 || !base::is_ascii(c);
        }
    }
    return submission;
}

// nullopt: nobody took it and nobody refused it for good (a milter may be away): pickup tries again. If the connection breaks after the whole message was sent it may have been
// taken: the message is then kept a second time rather than lost.
std::optional<base::Result<void>> submit(const ToolSettings& settings, const mail::Submission& submission, const std::string& content) {
    auto client = ControlClient::connect(settings.queue_directory, control::Door::everyone);
    if (!client) {
        return std::nullopt;
    }
    const auto head = client->send("submit\n" + mail::encode_head(submission));
    const auto body = head ? client->send(content) : head;
    const auto reply = client->read();  // even if sending failed: a refusal comes before the end of a large message
    if (reply && reply->word == "ok" && body) {
        return base::Result<void>{};
    }
    if (!reply && (reply.error().kind == base::ErrorKind::closed || reply.error().kind == base::ErrorKind::io)) {
        return std::nullopt;
    }
    return reply ? base::fail(base::ErrorKind::unavailable, "unexpected answer") : std::unexpected(reply.error());
}

int hand_in(const ToolSettings& settings, const User& user, mail::Submission submission, const std::string& content) {
    if (!submission.envelope.verp_delimiters.empty() && submission.envelope.reverse_path.is_null()) {
        return fatal(tool, exit_temporary_failure, base::format("({}): -V option requires non-null sender address", getuid()));
    }
    submission.content_size = content.size();
    const auto answer = submit(settings, submission, content);
    if (answer && !*answer) {
        return refuse(user, answer->error().kind == base::ErrorKind::permission ? exit_no_permission : exit_temporary_failure, answer->error().text);
    }
    if (!answer) {
        const auto kept = write_maildrop(settings.queue_directory, submission, content);
        if (!kept) {
            return refuse(user, exit_temporary_failure, kept.error().text);
        }
    }
    if (submission.envelope.purpose != mail::Envelope::Purpose::deliver) {
        print(base::format("Mail Delivery Status Report will be mailed to <{}>.\n", submission.envelope.reverse_path.address()));
    }
    return 0;
}

// -bv: nobody's mail, so nothing is read. What is handed in serves the report, which returns its header.
int verify(const SendmailOptions& options, const ToolSettings& settings) {
    if (options.recipient_source == RecipientSource::header) {
        return fatal(tool, exit_temporary_failure, "-t option cannot be used with -bv");
    }
    if (options.recipients.empty()) {
        return fatal(tool, exit_temporary_failure, "Recipient addresses must be specified on the command line");
    }
    const User user = current_user();
    const std::string sender = options.has_sender ? options.sender : user.name;
    std::string content = "Subject: probe\nTo:";
    for (const std::string& address : options.recipients) {
        base::append_format(content, "{}\n\t{}", content.ends_with(':') ? "" : ",", base::printable(smtp::quote_address(address)));
    }
    return hand_in(settings, user, make_submission(options, settings, sender, options.recipients), content + "\n\n");
}

int deliver(const SendmailOptions& options, const ToolSettings& settings) {
    const User user = current_user();
    if (options.recipient_source == RecipientSource::arguments && options.recipients.empty()) {
        return refuse(user, exit_temporary_failure, "Recipient addresses must be specified on the command line or via the -t option");
    }
    const std::uint64_t size_max = settings.message_size_limit > 0 ? settings.message_size_limit : input_size_max;
    const auto input = read_input(size_max);
    if (!input) {
        return refuse(user, exit_temporary_failure, input.error().text);
    }
    const std::string sender = options.has_sender ? options.sender : user.name;
    const FromLine from{options.full_name.empty() ? user.full_name : options.full_name, sender};
    const PreparedMessage prepared = prepare_message(message_lines(*input, options.dot), options.recipient_source, from);
    std::vector<std::string> recipients = options.recipients;
    recipients.insert(recipients.end(), prepared.recipients.begin(), prepared.recipients.end());
    if (recipients.empty()) {
        return refuse(user, exit_temporary_failure, "No recipient addresses found in message header");
    }
    return hand_in(settings, user, make_submission(options, settings, sender, recipients), prepared.content);
}

int flush(const SendmailOptions& options, const ToolSettings& settings) {
    std::vector<std::string> words{"postqueue", "-c", settings.config_directory, "-f"};
    if (options.mode != SendmailMode::flush_queue) {
        words.back() = options.mode == SendmailMode::flush_message ? "-i" : "-s";
        words.push_back(options.flush_argument);
    }
    std::vector<char*> arguments;
    for (std::string& word : words) {
        arguments.push_back(word.data());
    }
    arguments.push_back(nullptr);
    return postqueue_main(static_cast<int>(words.size()), arguments.data());
}

int list_queue(const SendmailOptions& options) {
    std::string words[] = {"mailq", "-C", options.config_option};
    char* arguments[] = {words[0].data(), words[1].data(), words[2].data(), nullptr};
    return mailq_main(options.config_option.empty() ? 1 : 3, arguments);
}

int rebuild_aliases(const ToolSettings& settings, const std::string& alias_database) {
    const std::vector<std::string> databases = alias_database.empty() ? settings.alias_database : std::vector{alias_database};
    if (databases.empty()) {
        return 0;
    }
    std::vector<std::string> arguments{"postalias", "-c", settings.config_directory, "--"};
    arguments.insert(arguments.end(), databases.begin(), databases.end());
    run_sibling(arguments);
    return fatal(tool, exit_os_error, std::string("cannot execute postalias: ") + std::strerror(errno));
}

// What a mode without recipients is called; empty: it has some.
std::string_view lone_mode(SendmailMode mode) {
    switch (mode) {
        case SendmailMode::list_queue: return "display queue";
        case SendmailMode::new_aliases: return "alias initialization";
        case SendmailMode::flush_queue:
        case SendmailMode::flush_message:
        case SendmailMode::flush_site: return "flush queue";
        case SendmailMode::daemon: return "daemon";
        case SendmailMode::smtp: return "stand-alone SMTP";
        case SendmailMode::deliver:
        case SendmailMode::verify:
        case SendmailMode::nothing: break;
    }
    return {};
}

}  // namespace

int sendmail_main(int argc, char** argv) {
    const auto options = parse_sendmail_options(std::vector<std::string>(argv + 1, argv + argc));
    if (!options) {
        const bool is_getopt = options.error().kind == base::ErrorKind::not_found;
        if (is_getopt) {
            say(tool, options.error().text);
        }
        return fatal(tool, exit_temporary_failure, is_getopt ? "usage: sendmail [options]" : options.error().text);
    }
    for (const std::string& warning : options->warnings) {
        warn(tool, warning);
    }
    const std::string_view mode = lone_mode(options->mode);
    if (!mode.empty() && !options->recipients.empty()) {
        return fatal(tool, exit_temporary_failure, base::format("{} mode requires no recipient", mode));
    }
    const auto settings = tool_settings(options->config_option);
    if (!settings) {
        return fatal(tool, exit_temporary_failure, settings.error().text);
    }
    if (options->verp && !options->verp->empty() && !mail::are_verp_delimiters(*options->verp, settings->verp_delimiter_filter)) {
        return fatal(tool, exit_temporary_failure, base::format("-V requires two characters from {}", settings->verp_delimiter_filter));
    }
    switch (options->mode) {
        case SendmailMode::deliver: return deliver(*options, *settings);
        case SendmailMode::verify: return verify(*options, *settings);
        case SendmailMode::smtp: return relay_smtp(*settings);
        case SendmailMode::list_queue: return list_queue(*options);
        case SendmailMode::new_aliases: return rebuild_aliases(*settings, options->alias_database);
        case SendmailMode::flush_queue:
        case SendmailMode::flush_message:
        case SendmailMode::flush_site: return flush(*options, *settings);
        case SendmailMode::nothing: return 0;
        case SendmailMode::daemon:
            run_sibling({"postfix", "-c", settings->config_directory, "start"});
            return fatal(tool, exit_os_error, std::string("cannot execute postfix: ") + std::strerror(errno));
    }
    return exit_temporary_failure;
}

int newaliases_main(int argc, char** argv) {
    std::vector<std::string> words{"sendmail", "-bi"};
    words.insert(words.end(), argv + 1, argv + argc);
    std::vector<char*> arguments;
    for (std::string& word : words) {
        arguments.push_back(word.data());
    }
    return sendmail_main(static_cast<int>(arguments.size()), arguments.data());
}

}  // namespace posthouse::tools
