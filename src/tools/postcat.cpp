// postcat(1): show a queued message.
#include <unistd.h>

#include "base/format.hpp"
#include "tools/messages.hpp"
#include "tools/postcat_text.hpp"
#include "tools/tool_config.hpp"
#include "tools/tools.hpp"

namespace posthouse::tools {
namespace {

constexpr std::string_view tool = "postcat";

int show(ControlClient& client, const std::string& id, PostcatParts parts) {
    const auto sent = client.send(mail::encode(mail::Record("cat").add("id", id)));
    if (!sent) {
        return fatal(tool, exit_unavailable, sent.error().text);
    }
    mail::Record message;
    bool in_content = false;
    PostcatContent content(parts);
    for (;;) {
        const auto record = client.read();
        if (!record) {
            const bool absent = record.error().kind == base::ErrorKind::not_found;
            return fatal(tool, exit_unavailable, absent ? base::format("open queue file {}: No such file or directory", id) : record.error().text);
        }
        if (record->word == "message") {
            message = *record;
            print(parts.envelope ? postcat_marker("ENVELOPE RECORDS", message) + postcat_envelope(message) : "");
        } else if (record->word == "recipient") {
            print(parts.envelope ? postcat_recipient(*record) : "");
        } else if (record->word == "chunk") {
            const auto bytes = client.read_bytes(static_cast<std::size_t>(record->number("size").value_or(0)));
            if (!bytes) {
                return fatal(tool, exit_unavailable, bytes.error().text);
            }
            print(parts.envelope && !in_content ? postcat_marker("MESSAGE CONTENTS", message) : "");
            in_content = true;
            print(content.feed(*bytes));
        } else if (record->word == "ok") {
            print(parts.envelope ? postcat_marker("HEADER EXTRACTED", message) + postcat_marker("MESSAGE FILE END", message) : "");
            return 0;
        }
    }
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
    auto client = ControlClient::connect(settings->queue_directory, control::Door::administrator);
    if (!client) {
        return fatal(tool, client.error().kind == base::ErrorKind::permission ? exit_no_permission : exit_temporary_failure, client.error().text);
    }
    for (int i = optind; i < argc; ++i) {
        const int status = show(*client, id_of(argv[i]), parts);
        if (status != 0) {
            return status;
        }
    }
    return 0;
}

}  // namespace posthouse::tools
