// postlog(1): write to the mail log.
#include <syslog.h>
#include <unistd.h>

#include <iostream>
#include <string_view>

#include "base/format.hpp"
#include "tools/control_client.hpp"
#include "tools/messages.hpp"
#include "tools/tool_config.hpp"
#include "tools/tools.hpp"

namespace posthouse::tools {
namespace {

struct Priority {
    std::string_view name;
    std::string_view label;  // in front of the text
    int syslog_priority;
};

constexpr Priority priorities[] = {
    {"info", "", LOG_INFO},          {"warn", "warning: ", LOG_WARNING}, {"warning", "warning: ", LOG_WARNING},
    {"error", "error: ", LOG_ERR},   {"err", "error: ", LOG_ERR},        {"fatal", "fatal: ", LOG_CRIT},
    {"crit", "fatal: ", LOG_CRIT},   {"panic", "panic: ", LOG_CRIT},
};

const Priority* find_priority(std::string_view name) {
    for (const Priority& priority : priorities) {
        if (priority.name == name) {
            return &priority;
        }
    }
    return nullptr;
}

// The server writes the log; while it is down, syslog does.
class Log {
public:
    Log(base::Result<ControlClient> client, const Priority& priority, std::string tag)
        : client_(std::move(client)), priority_(priority), tag_(std::move(tag)) {}

    void write(const std::string& text) {
        say(tag_, std::string(priority_.label) + text);
        mail::Record request("log");
        request.add("priority", std::string(priority_.name)).add("tag", tag_).add("text", text);
        if (client_ && client_->call(request)) {
            return;
        }
        openlog(tag_.c_str(), LOG_PID, LOG_MAIL);
        syslog(LOG_MAIL | priority_.syslog_priority, "%s%s", priority_.label.data(), text.c_str());
        closelog();
    }

private:
    base::Result<ControlClient> client_;
    const Priority& priority_;
    std::string tag_;
};

}  // namespace

int postlog_main(int argc, char** argv) {
    std::string config_option;
    std::string tag;
    const Priority* priority = &priorities[0];
    optind = 1;
    for (int option = 0; (option = getopt(argc, argv, "c:ip:t:v")) != -1;) {
        switch (option) {
            case 'c': config_option = optarg; break;
            case 'p':
                priority = find_priority(optarg);
                if (priority == nullptr) {
                    return fatal("postlog", exit_usage, base::format("unrecognized priority: {}", optarg));
                }
                break;
            case 't': tag = optarg; break;
            case 'i':
            case 'v': break;
            default:
                return fatal("postlog", exit_usage, "usage: postlog [-c config_dir] [-i] [-p priority] [-t tag] [-v] [text]");
        }
    }
    const auto settings = tool_settings(config_option);
    if (!settings) {
        return fatal("postlog", exit_unavailable, settings.error().text);
    }
    if (tag.empty()) {
        tag = settings->syslog_name + "/postlog";
    }
    Log log(ControlClient::connect(settings->queue_directory, control::Door::everyone), *priority, tag);
    if (optind < argc) {
        std::string text;
        for (int i = optind; i < argc; ++i) {
            text += (text.empty() ? "" : " ") + std::string(argv[i]);
        }
        log.write(text);
        return 0;
    }
    for (std::string line; std::getline(std::cin, line);) {
        log.write(line);
    }
    return 0;
}

}  // namespace posthouse::tools
