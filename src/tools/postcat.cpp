// postcat(1): show a queued message.
#include <unistd.h>

#include "base/format.hpp"
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
