// postcat(1): show a message of the queue, or a file of maildrop.
#include <sys/stat.h>
#include <unistd.h>

#include <optional>

#include "base/format.hpp"
#include "base/text.hpp"
#include "mail/maildrop_format.hpp"
#include "tools/command_page.hpp"
#include "tools/messages.hpp"
#include "tools/offline_spool.hpp"
#include "tools/postcat_text.hpp"
#include "tools/read_file.hpp"
#include "tools/queue_listing.hpp"
#include "tools/standard_input.hpp"
#include "tools/tool_config.hpp"
#include "tools/tools.hpp"

namespace posthouse::tools {
namespace {

constexpr std::string_view tool = "postcat";
constexpr int exit_fatal = 1;

PostcatPrinter make_printer(const PostcatOptions& options) {
    return PostcatPrinter(options, [](std::string_view text) { print(text); });
}

void show_record(PostcatPrinter& printer, const mail::Record& record) {
    record.word == "message" ? printer.message(record, {}) : printer.recipient(record);
}

int not_shown(const std::string& id, const base::Error& error) {
    const bool absent = error.kind == base::ErrorKind::not_found;
    return fatal(tool, exit_fatal, absent ? base::format("open queue file {}: No such file or directory", id) : error.text);
}

int show(ControlClient& client, const std::string& id, const PostcatOptions& options) {
    const auto sent = client.send(mail::encode(mail::Record("cat").add("id", id)));
    if (!sent) {
        return not_shown(id, sent.error());
    }
    PostcatPrinter printer = make_printer(options);
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
            show_record(printer, *record);
            continue;
        }
        const auto bytes = client.read_bytes(static_cast<std::size_t>(record->number("size").value_or(0)));
        if (!bytes) {
            return not_shown(id, bytes.error());
        }
        printer.content(*bytes);
    }
}

int show(OfflineSpool& spool, const std::string& id, const PostcatOptions& options) {
    const auto number = mail::QueueId::parse(id);
    const auto listed = number ? spool.find(*number) : std::nullopt;
    if (!listed || !*listed) {
        return not_shown(id, listed ? base::Error{base::ErrorKind::not_found, {}} : listed.error());
    }
    PostcatPrinter printer = make_printer(options);
    for (const mail::Record& record : listing_records(**listed, control::ShowRecipients::all)) {
        show_record(printer, record);
    }
    const auto shown = spool.content(*number, [&printer](std::string_view bytes) { printer.content(bytes); });
    if (!shown) {
        return not_shown(id, shown.error());
    }
    printer.end();
    return 0;
}

/// `path`: as the command line names it; empty: -q found it.
int show_maildrop(const std::string& text, const std::string& name, const std::string& path, std::int64_t arrival, const PostcatOptions& options) {
    const auto view = mail::decode_maildrop(text);
    if (!view) {
        warn(tool, base::format("{}: input is not a valid queue file", path.empty() ? name : path));
        return 0;
    }
    mail::StoredMessage message;
    message.envelope = view->submission.envelope;
    message.envelope.size = {view->content.size()};
    message.envelope.arrival = world::WallTime(std::chrono::seconds(arrival));
    PostcatPrinter printer = make_printer(options);
    for (mail::Record& record : listing_records({std::move(message), mail::QueueName::active}, control::ShowRecipients::all)) {
        if (record.word == "message") {
            std::erase_if(record.fields, [](const auto& field) { return field.first == "queue" || field.first == "id"; });
            record.add("queue", "maildrop").add("id", name);
            printer.message(record, path);
        } else {
            printer.recipient(record);
        }
    }
    printer.content(view->content);
    printer.end();
    return 0;
}

/// nullopt: there is no such file.
std::optional<int> show_file(const std::string& file, const std::string& name, const std::string& path, const PostcatOptions& options) {
    const auto text = read_file(file);
    struct stat info {};
    if (!text || stat(file.c_str(), &info) != 0) {
        return !text && text.error().kind != base::ErrorKind::not_found ? std::optional(fatal(tool, exit_fatal, text.error().text)) : std::nullopt;
    }
    return show_maildrop(*text, name, path, info.st_mtime, options);
}

template <class Queue>
int show_all(Queue& queue, const std::vector<std::string>& ids, const PostcatOptions& options) {
    for (const std::string& id : ids) {
        const int status = show(queue, id, options);
        if (status != 0) {
            return status;
        }
    }
    return 0;
}

int show_queued(const ToolSettings& settings, const std::vector<std::string>& ids, const PostcatOptions& options) {
    auto client = ControlClient::connect(settings.queue_directory, control::Door::administrator);
    if (client) {
        return show_all(*client, ids, options);
    }
    auto spool = OfflineSpool::open(settings.queue_directory, OfflineSpool::Access::read);
    if (!spool) {
        return fatal(tool, exit_fatal, spool.error().text);
    }
    return show_all(*spool, ids, options);
}

// Without -q Postfix wants a file. There are none of queued messages, but the last part of their names is the queue ID.
std::string last_part(const std::string& path) { return path.substr(path.rfind('/') + 1); }

enum class Names { files, queue };

int show_named(const ToolSettings& settings, const std::vector<std::string>& names, Names kind, const PostcatOptions& options) {
    for (const std::string& name : names) {
        const std::string id = last_part(name);
        if (kind == Names::queue && (id != name || !std::all_of(id.begin(), id.end(), base::is_alnum) || id.empty())) {
            return fatal(tool, exit_fatal, "bad mail queue ID: " + name);
        }
        std::optional<int> status = kind == Names::files ? show_file(name, id, name, options) : std::nullopt;
        if (!status && mail::is_maildrop_name(id)) {
            status = show_file(settings.queue_directory + "/maildrop/" + id, id, {}, options);
        }
        if (!status && kind == Names::files && !mail::QueueId::parse(id)) {
            return fatal(tool, exit_fatal, base::format("open {}: No such file or directory", name));
        }
        if (const int shown = status ? *status : show_queued(settings, {id}, options); shown != 0) {
            return shown;
        }
    }
    return 0;
}

}  // namespace

int postcat_main(int argc, char** argv) {
    PostcatOptions options;
    std::string config_option;
    Names kind = Names::files;
    optind = 0;  // glibc: forget an earlier command line
    for (int option = 0; (option = getopt(argc, argv, option_letters(tool).c_str())) != -1;) {
        switch (option) {
            case 'b': options.parts.body = true; break;
            case 'c': config_option = optarg; break;
            case 'd': options.types = true; break;
            case 'e': options.parts.envelope = true; break;
            case 'h': options.parts.header = true; break;
            case 'o': options.offsets = true; break;
            case 'q': kind = Names::queue; break;
            case 'r': break;  // there are no pointer records to follow
            case 's':
                if (const auto offset = base::parse_number(optarg)) {
                    options.skip = *offset;
                    break;
                }
                return fatal(tool, exit_fatal, base::format("bad offset: {}", optarg));
            case 'v': options.verbose = true; break;
            default: return fatal(tool, exit_fatal, usage_text(tool));
        }
    }
    if (!options.parts.body && !options.parts.envelope && !options.parts.header) {
        options.parts = {true, true, true};
    }
    const auto settings = tool_settings(config_option);
    if (!settings) {
        return fatal(tool, exit_fatal, settings.error().text);
    }
    if (optind == argc) {
        return show_maildrop(read_input(), "stdin", "stdin", std::time(nullptr), options);
    }
    return show_named(*settings, std::vector<std::string>(argv + optind, argv + argc), kind, options);
}

}  // namespace posthouse::tools
