// postcat(1): show a queued message.
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "base/format.hpp"
#include "mail/maildrop_format.hpp"
#include "tools/messages.hpp"
#include "tools/offline_spool.hpp"
#include "tools/postcat_text.hpp"
#include "tools/queue_listing.hpp"
#include "tools/tool_config.hpp"
#include "tools/tools.hpp"

namespace posthouse::tools {
namespace {

constexpr std::string_view tool = "postcat";

// Prints one message as its records come.
class Printer {
public:
    explicit Printer(PostcatParts parts) : parts_(parts), content_(parts) {}

    void record(const mail::Record& record) {
        if (record.word == "message") {
            message_ = record;
        }
        if (parts_.envelope) {
            print(record.word == "message" ? postcat_marker("ENVELOPE RECORDS", record) + postcat_envelope(record) : postcat_recipient(record));
        }
    }
    void content(std::string_view bytes) {
        if (!std::exchange(in_content_, true) && parts_.envelope) {
            print(postcat_marker("MESSAGE CONTENTS", message_));
        }
        print(content_.feed(bytes));
    }
    void end() const {
        if (parts_.envelope) {
            print(postcat_marker("HEADER EXTRACTED", message_) + postcat_marker("MESSAGE FILE END", message_));
        }
    }

private:
    PostcatParts parts_;
    PostcatContent content_;
    mail::Record message_;
    bool in_content_ = false;
};

int not_shown(const std::string& id, const base::Error& error) {
    const bool absent = error.kind == base::ErrorKind::not_found;
    return fatal(tool, exit_unavailable, absent ? base::format("open queue file {}: No such file or directory", id) : error.text);
}

int show(ControlClient& client, const std::string& id, PostcatParts parts) {
    const auto sent = client.send(mail::encode(mail::Record("cat").add("id", id)));
    if (!sent) {
        return not_shown(id, sent.error());
    }
    Printer printer(parts);
    for (;;) {
        const auto record = client.read();
        if (!record) {
            return not_shown(id, record.error());
        }
        if (record->word == "ok") {
            printer.end();
            return 0;
        }
        if (record->word != "chunk") {
            printer.record(*record);
            continue;
        }
        const auto bytes = client.read_bytes(static_cast<std::size_t>(record->number("size").value_or(0)));
        if (!bytes) {
            return not_shown(id, bytes.error());
        }
        printer.content(*bytes);
    }
}

int show(OfflineSpool& spool, const std::string& id, PostcatParts parts) {
    const auto number = mail::QueueId::parse(id);
    const auto listed = number ? spool.find(*number) : base::fail(base::ErrorKind::invalid, "malformed queue ID");
    if (!listed || !*listed) {
        return not_shown(id, listed ? base::Error{base::ErrorKind::not_found, {}} : listed.error());
    }
    Printer printer(parts);
    for (const mail::Record& record : listing_records(**listed, control::ShowRecipients::all)) {
        printer.record(record);
    }
    const auto shown = spool.content(*number, [&printer](std::string_view bytes) { printer.content(bytes); });
    if (!shown) {
        return not_shown(id, shown.error());
    }
    printer.end();
    return 0;
}

// Mail that no server took in yet.
std::optional<int> show_maildrop(const std::string& queue_directory, const std::string& id, PostcatParts parts) {
    if (!mail::is_maildrop_name(id)) {
        return std::nullopt;
    }
    std::ifstream file(queue_directory + "/maildrop/" + id, std::ios::binary);
    if (!file) {
        return std::nullopt;
    }
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    const auto view = mail::decode_maildrop(text);
    if (!view) {
        return not_shown(id, view.error());
    }
    std::error_code unknown;
    const auto changed = std::filesystem::last_write_time(queue_directory + "/maildrop/" + id, unknown);
    const auto arrival = std::chrono::duration_cast<std::chrono::seconds>(std::chrono::file_clock::to_sys(changed).time_since_epoch()).count();
    Printer printer(parts);
    mail::Record head("message");
    head.add("id", id).add("queue", "maildrop").add("size", view->content.size()).add("arrival", unknown ? 0 : static_cast<std::uint64_t>(arrival));
    head.add("sender", view->submission.envelope.reverse_path.address());
    printer.record(head);
    for (const mail::Recipient& recipient : view->submission.envelope.recipients) {
        printer.record(mail::Record("recipient").add("address", recipient.address));
    }
    printer.content(view->content);
    printer.end();
    return 0;
}

// Only what is not in maildrop stays in `ids`; an exit status other than 0 ends the work.
int show_maildrops(const std::string& queue_directory, std::vector<std::string>& ids, PostcatParts parts) {
    int status = 0;
    std::erase_if(ids, [&](const std::string& id) {
        const auto shown = status == 0 ? show_maildrop(queue_directory, id, parts) : std::nullopt;
        status = shown.value_or(status);
        return shown.has_value();
    });
    return status;
}

template <class Queue>
int show_all(Queue& queue, const std::vector<std::string>& ids, PostcatParts parts) {
    for (const std::string& id : ids) {
        const int status = show(queue, id, parts);
        if (status != 0) {
            return status;
        }
    }
    return 0;
}

// Without -q Postfix wants a file name; there are no queue files, but the last part of one is the queue ID.
std::string id_of(std::string_view argument) {
    const std::size_t slash = argument.rfind('/');
    return std::string(slash == std::string_view::npos ? argument : argument.substr(slash + 1));
}

}  // namespace

int postcat_main(int argc, char** argv) {
    PostcatParts parts;
    std::string config_option;
    optind = 1;
    for (int option = 0; (option = getopt(argc, argv, "bc:dehoqrsv")) != -1;) {
        switch (option) {
            case 'b': parts.body = true; break;
            case 'c': config_option = optarg; break;
            case 'e': parts.envelope = true; break;
            case 'h': parts.header = true; break;
            case '?': return fatal(tool, exit_usage, "usage: postcat [-b (body text)] [-c config_dir] [-e (envelope records)] [-h (header text)] [-q (access queue)] [-v] [file(s)...]");
            default: break;
        }
    }
    if (!parts.body && !parts.envelope && !parts.header) {
        parts = {true, true, true};
    }
    const auto settings = tool_settings(config_option);
    if (!settings) {
        return fatal(tool, exit_unavailable, settings.error().text);
    }
    std::vector<std::string> ids;
    for (int i = optind; i < argc; ++i) {
        ids.push_back(id_of(argv[i]));
    }
    if (const int status = show_maildrops(settings->queue_directory, ids, parts); status != 0 || ids.empty()) {
        return status;
    }
    auto client = ControlClient::connect(settings->queue_directory, control::Door::administrator);
    if (client) {
        return show_all(*client, ids, parts);
    }
    auto spool = OfflineSpool::open(settings->queue_directory, OfflineSpool::Access::read);
    if (!spool) {
        return fatal(tool, exit_unavailable, spool.error().text);
    }
    return show_all(*spool, ids, parts);
}

}  // namespace posthouse::tools
