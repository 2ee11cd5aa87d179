// postqueue(1) and mailq(1).
#include <unistd.h>

#include <algorithm>

#include "base/format.hpp"
#include "base/text.hpp"
#include "smtp/hostname.hpp"
#include "tools/command_page.hpp"
#include "tools/control_client.hpp"
#include "tools/maildrop.hpp"
#include "tools/messages.hpp"
#include "tools/offline_spool.hpp"
#include "tools/tool_config.hpp"
#include "tools/tools.hpp"

namespace posthouse::tools {
namespace {

constexpr std::string_view tool = "postqueue";

enum class Action { none, list_text, list_json, flush, flush_message, flush_site };

struct Request {
    Action action = Action::none;
    std::string argument;
    std::string config_option;
};

// Prints entries as they come, heading first and the summary at the end.
class Printer {
public:
    explicit Printer(Action action) : text_(action == Action::list_text) {}
    void show(const QueueEntry& entry) {
        if (!text_) {
            print(json_text(entry));
            return;
        }
        print((messages_ == 0 ? mailq_heading() : std::string()) + mailq_text(entry) + "\n");
        bytes_ += entry.size;
        ++messages_;
    }
    void finish() {
        if (text_) {
            print(mailq_summary(bytes_, messages_));
        }
    }

private:
    bool text_;
    std::uint64_t bytes_ = 0;
    std::uint64_t messages_ = 0;
};

int list_offline(const ToolSettings& settings, Action action, const std::string& why) {
    if (geteuid() != 0) {
        return fatal(tool, exit_unavailable, "Queue report unavailable - mail system is down");
    }
    warn(tool, base::format("Mail system is down -- accessing queue directly ({})", why));
    Printer printer(action);
    const auto show = [&printer](const QueueEntry& entry) { printer.show(entry); };
    list_maildrop(settings.queue_directory, show);
    auto spool = OfflineSpool::open(settings.queue_directory, OfflineSpool::Access::read);
    const auto shown = spool ? spool->each([&printer](const mail::ListedMessage& listed) { printer.show(entry_from(listed)); })
                             : base::Result<void>(std::unexpected(spool.error()));
    if (!shown) {
        return fatal(tool, exit_unavailable, shown.error().text);
    }
    printer.finish();
    return 0;
}

int list(const ToolSettings& settings, Action action) {
    auto client = ControlClient::connect(settings.queue_directory, control::Door::everyone);
    if (!client) {
        return list_offline(settings, action, client.error().text);
    }
    const auto sent = client->send("list\n");
    if (!sent) {
        return fatal(tool, exit_unavailable, sent.error().text);
    }
    Printer printer(action);
    list_maildrop(settings.queue_directory, [&printer](const QueueEntry& entry) { printer.show(entry); });
    std::optional<QueueEntry> entry;
    for (;;) {
        const auto record = client->read();
        if (!record) {
            return fatal(tool, exit_unavailable, record.error().text);
        }
        if (record->word == "recipient" && entry) {
            add_recipient(*entry, *record);
            continue;
        }
        if (entry) {
            printer.show(*entry);
        }
        if (record->word != "message") {
            break;
        }
        entry = entry_from(*record);
    }
    printer.finish();
    return 0;
}

int flush(const ToolSettings& settings, const Request& request) {
    const std::string& argument = request.argument;
    if (request.action == Action::flush_message && (argument.empty() || !std::all_of(argument.begin(), argument.end(), base::is_alnum))) {
        return fatal(tool, exit_unavailable, base::format("Cannot flush queue ID - invalid name: \"{}\"", argument));
    }
    const bool literal = argument.starts_with('[') && argument.ends_with(']');
    if (request.action == Action::flush_site && !(literal ? smtp::is_valid_hostliteral(argument) : smtp::is_valid_hostname(argument))) {
        return fatal(tool, exit_unavailable, base::format("Cannot flush mail queue - invalid destination: \"{}\"", argument));
    }
    mail::Record record(request.action == Action::flush           ? "flush"
                           : request.action == Action::flush_message ? "flush-message"
                                                                     : "flush-site");
    if (request.action == Action::flush_message) {
        record.add("id", request.argument);
    } else if (request.action == Action::flush_site) {
        record.add("site", request.argument);
    }
    auto client = ControlClient::connect(settings.queue_directory, control::Door::everyone);
    if (!client) {
        return fatal(tool, exit_unavailable, "Cannot flush mail queue - mail system is down");
    }
    const auto reply = client->call(record);
    if (!reply) {
        return fatal(tool, exit_unavailable, reply.error().text);
    }
    return 0;
}

int usage() { return fatal(tool, exit_unavailable, usage_text(tool)); }

bool parse(int argc, char** argv, Request& request) {
    const auto choose = [&request](Action action, const char* argument) {
        const bool first = request.action == Action::none;
        request.action = action;
        request.argument = argument == nullptr ? "" : argument;
        return first;
    };
    optind = 0;  // glibc: forget an earlier command line
    for (int option = 0; (option = getopt(argc, argv, option_letters(tool).c_str())) != -1;) {
        bool fine = true;
        switch (option) {
            case 'c': request.config_option = optarg; break;
            case 'f': fine = choose(Action::flush, nullptr); break;
            case 'i': fine = choose(Action::flush_message, optarg); break;
            case 'j': fine = choose(Action::list_json, nullptr); break;
            case 'p': fine = choose(Action::list_text, nullptr); break;
            case 's': fine = choose(Action::flush_site, optarg); break;
            case 'v': break;
            default: return false;
        }
        if (!fine) {
            return false;
        }
    }
    return optind == argc;
}

int run(const Request& request) {
    const auto settings = tool_settings(request.config_option);
    if (!settings) {
        return fatal(tool, exit_unavailable, settings.error().text);
    }
    switch (request.action) {
        case Action::none: return usage();
        case Action::list_text:
        case Action::list_json: return list(*settings, request.action);
        case Action::flush:
        case Action::flush_message:
        case Action::flush_site: return flush(*settings, request);
    }
    return usage();
}

}  // namespace

int postqueue_main(int argc, char** argv) {
    Request request;
    if (!parse(argc, argv, request)) {
        return usage();
    }
    return run(request);
}

// mailq is sendmail under another name: it takes sendmail's options and has no use for them, but for -C.
int mailq_main(int argc, char** argv) {
    Request request;
    request.action = Action::list_text;
    for (int i = 1; i + 1 < argc; ++i) {
        const std::string_view word = argv[i];
        if (word == "-C" || word == "-c") {
            request.config_option = argv[i + 1];
        }
    }
    return run(request);
}

}  // namespace posthouse::tools
