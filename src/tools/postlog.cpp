// postlog(1): write to the mail log.
#include <unistd.h>

#include <iostream>
#include <string_view>

#include "base/format.hpp"
#include "tools/command_page.hpp"
#include "tools/messages.hpp"
#include "tools/tool_log.hpp"
#include "tools/tools.hpp"

namespace posthouse::tools {
namespace {

constexpr int exit_fatal = 1;

struct Priority {
    std::string_view name;
    std::string_view label;  // in front of the text
    observe::Severity severity;
};

constexpr Priority priorities[] = {
    {"info", "", observe::Severity::info},         {"warn", "warning: ", observe::Severity::warning},
    {"warning", "warning: ", observe::Severity::warning}, {"error", "error: ", observe::Severity::error},
    {"err", "error: ", observe::Severity::error},  {"fatal", "fatal: ", observe::Severity::fatal},
    {"crit", "fatal: ", observe::Severity::fatal}, {"panic", "panic: ", observe::Severity::panic},
};

const Priority* find_priority(std::string_view name) {
    for (const Priority& priority : priorities) {
        if (priority.name == name) {
            return &priority;
        }
    }
    return nullptr;
}

}  // namespace

int postlog_main(int argc, char** argv) {
    std::string config_option;
    std::string tag;
    const Priority* priority = &priorities[0];
    optind = 0;  // glibc: forget an earlier command line
    for (int option = 0; (option = getopt(argc, argv, option_letters("postlog").c_str())) != -1;) {
        switch (option) {
            case 'c': config_option = optarg; break;
            case 'p':
                priority = find_priority(optarg);
                if (priority == nullptr) {
                    return fatal("postlog", exit_fatal, base::format("unrecognized priority: {}", optarg));
                }
                break;
            case 't': tag = optarg; break;
            case 'i':
            case 'v': break;
            default:
                return fatal("postlog", exit_fatal, usage_text("postlog"));
        }
    }
    const auto settings = tool_settings(config_option);
    if (!settings) {
        return fatal("postlog", exit_fatal, settings.error().text);
    }
    if (tag.empty()) {
        tag = settings->syslog_name + "/postlog";
    }
    ToolLog log(*settings);
    const auto write = [&](const std::string& text) {
        if (isatty(STDERR_FILENO) != 0) {
            say(tag, std::string(priority->label) + text);
        }
        log.write(tag, priority->severity, text);
    };
    if (optind < argc) {
        std::string text;
        for (int i = optind; i < argc; ++i) {
            text += (text.empty() ? "" : " ") + std::string(argv[i]);
        }
        write(text);
        return 0;
    }
    for (std::string line; std::getline(std::cin, line);) {
        write(line);
    }
    return 0;
}

}  // namespace posthouse::tools
