// postsuper(1): delete, hold, release and requeue messages.
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <optional>

#include "base/format.hpp"
#include "base/text.hpp"
#include "tools/command_page.hpp"
#include "tools/control_client.hpp"
#include "tools/maildrop.hpp"
#include "tools/messages.hpp"
#include "tools/offline_spool.hpp"
#include "tools/standard_input.hpp"
#include "tools/tool_log.hpp"
#include "tools/tools.hpp"

namespace posthouse::tools {
namespace {

constexpr std::string_view tool = "postsuper";
constexpr int exit_fatal = 1;

// Ours are gone in moments; what is a week old was left by a crash.
constexpr std::chrono::hours temporary_age_max{7 * 24};

struct Action {
    char option;
    std::string_view request;
    std::string_view one;      // about one message
    std::string_view summary;  // about all of them
};

// In the order of the report at the end. -f is -e and then -H.
constexpr Action actions[] = {
    {'r', "requeue", "requeued", "Requeued"},
    {'d', "delete", "removed", "Deleted"},
    {'e', "expire", "expired", "Force-expired"},
    {'h', "hold", "placed on hold", "Placed on hold"},
    {'H', "release", "released from hold", "Released from hold"},
};

struct Job {
    const Action* action = nullptr;
    std::vector<std::string> ids;  // or ALL
};

const Action* find_action(int option) {
    for (const Action& action : actions) {
        if (action.option == option) {
            return &action;
        }
    }
    return nullptr;
}

bool is_queue_id(std::string_view id) { return !id.empty() && std::all_of(id.begin(), id.end(), base::is_alnum); }

bool is_queue_name(std::string_view name) {
    for (const std::string_view known : {"active", "bounce", "corrupt", "defer", "deferred", "flush", "hold", "incoming", "maildrop", "saved", "trace"}) {
        if (name == known) {
            return true;
        }
    }
    return false;
}

std::vector<std::string> ids_of(const std::string& argument) {
    if (argument != "-") {
        return {argument};
    }
    std::vector<std::string> ids;
    for (const std::string& line : input_lines()) {
        const std::string id(base::trim(line));
        if (!id.empty()) {
            ids.push_back(id);
        }
    }
    return ids;
}

int usage() {
    return fatal(tool, exit_fatal, usage_text(tool));
}

// Changes one message or ALL; how many.
using Change = std::function<base::Result<std::uint64_t>(const Action& action, const std::string& id)>;

Change online(ControlClient& client, const std::string& queues) {
    return [&client, queues](const Action& action, const std::string& id) -> base::Result<std::uint64_t> {
        mail::Record request{std::string(action.request)};
        request.add("id", id);
        if (!queues.empty()) {
            request.add("queue", queues);
        }
        const auto reply = client.call(request);
        return reply ? base::Result<std::uint64_t>(reply->number("count").value_or(0)) : std::unexpected(reply.error());
    };
}

Change offline(OfflineSpool& spool, ToolLog& log, const ToolSettings& settings, const std::string& queues) {
    return [&spool, &log, tag = settings.syslog_name + "/postsuper", queues](const Action& action, const std::string& id) -> base::Result<std::uint64_t> {
        const auto changed = spool.change(action.request, id, queues);
        if (!changed) {
            return std::unexpected(changed.error());
        }
        for (const mail::QueueId one : *changed) {
            log.write(tag, observe::Severity::info, base::format("{}: {}", one.text(), action.one));
        }
        return changed->size();
    };
}

// Mail that no server took in yet; it has no queue ID but a file name.
Change with_maildrop(Change change, const ToolSettings& settings, const std::string& queues) {
    const bool included = queues.empty() || queues.find("maildrop") != std::string::npos;
    return [change = std::move(change), directory = settings.queue_directory, included](const Action& action, const std::string& id) {
        return included && action.option == 'd' ? remove_maildrop_and(directory, id, [&] { return change(action, id); }) : change(action, id);
    };
}

int run(const Change& change, const std::vector<Job>& jobs) {
    std::optional<std::uint64_t> counts[std::size(actions)] = {};
    for (const Job& job : jobs) {
        std::optional<std::uint64_t>& count = counts[job.action - actions];
        count = count.value_or(0);
        for (const std::string& id : job.ids) {
            if (!is_queue_id(id)) {
                warn(tool, "invalid mail queue id: " + id);
                continue;
            }
            const auto changed = change(*job.action, id);
            if (!changed && changed.error().kind == base::ErrorKind::invalid) {
                continue;  // an ID of another form names none of our messages
            }
            if (!changed) {
                return fatal(tool, exit_fatal, changed.error().text);
            }
            if (*changed > 0 && id != "ALL") {
                say(tool, base::format("{}: {}", id, job.action->one));
            }
            *count += *changed;
        }
    }
    for (std::size_t i = 0; i < std::size(actions); ++i) {
        if (counts[i]) {
            say(tool, base::format("{}: {} message{}", actions[i].summary, *counts[i], *counts[i] == 1 ? "" : "s"));
        }
    }
    return 0;
}

}  // namespace

int postsuper_main(int argc, char** argv) {
    std::vector<Job> jobs;
    std::string config_option;
    bool purges = true;  // with -p, and without any option
    optind = 0;          // glibc: forget an earlier command line
    for (int option = 0; (option = getopt(argc, argv, option_letters(tool).c_str())) != -1;) {
        if (option == 'f' || find_action(option) != nullptr) {
            const std::vector<std::string> ids = ids_of(optarg);
            jobs.push_back({find_action(option == 'f' ? 'e' : option), ids});
            if (option == 'f') {
                jobs.push_back({find_action('H'), ids});
            }
        } else if (option == 'c') {
            config_option = optarg;
            if (*optarg != '/') {
                return fatal(tool, exit_fatal, "-c requires absolute pathname");
            }
        } else if (option == '?') {
            return usage();
        } else {
            purges = purges && option != 's' && option != 'S';
        }
    }
    std::string queues;
    for (int i = optind; i < argc; ++i) {
        if (!is_queue_name(argv[i])) {
            return fatal(tool, exit_fatal, base::format("invalid directory name: {}", argv[i]));
        }
        queues += (queues.empty() ? "" : ",") + std::string(argv[i] == std::string_view("incoming") ? "active" : argv[i]);
    }
    const auto settings = tool_settings(config_option);
    if (!settings) {
        return fatal(tool, exit_fatal, settings.error().text);
    }
    if (jobs.empty()) {
        if (purges) {
            purge_maildrop(settings->queue_directory, temporary_age_max);
        }
        return 0;  // -s: the spool has no structure that could need repair
    }
    auto client = ControlClient::connect(settings->queue_directory, control::Door::administrator);
    if (!client && client.error().kind == base::ErrorKind::permission) {
        return fatal(tool, exit_fatal, "use of this command is reserved for the superuser");
    }
    if (client) {
        return run(with_maildrop(online(*client, queues), *settings, queues), jobs);
    }
    auto spool = OfflineSpool::open(settings->queue_directory, OfflineSpool::Access::change);
    if (!spool) {
        return fatal(tool, exit_fatal, spool.error().text);
    }
    ToolLog log(*settings);
    return run(with_maildrop(offline(*spool, log, *settings, queues), *settings, queues), jobs);
}

}  // namespace posthouse::tools
