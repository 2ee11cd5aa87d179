// postfix(1): start, stop, reload and friends.
#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/format.hpp"
#include "tools/control_client.hpp"
#include "tools/messages.hpp"
#include "tools/server_process.hpp"
#include "tools/tools.hpp"

namespace posthouse::tools {
namespace {

constexpr std::string_view tool = "postfix/postfix-script";

int down() { return fatal(tool, 1, "the Postfix mail system is not running"); }

int check(const ToolSettings& settings, const PostfixHooks& hooks) { return hooks.check ? hooks.check(settings.config_directory) : 0; }

base::Result<mail::Record> ask(const ToolSettings& settings, const char* request) {
    auto client = ControlClient::connect(settings.queue_directory, control::Door::administrator);
    if (!client) {
        return std::unexpected(client.error());
    }
    return client->call(mail::Record(request));
}

int start(const ToolSettings& settings, const PostfixHooks& hooks) {
    if (running_server(settings)) {
        return fatal(tool, 1, "the Postfix mail system is already running");
    }
    const int checked = check(settings, hooks);
    if (checked != 0) {
        return fatal(tool, checked, "mail system startup failed");
    }
    say(tool, "starting the Postfix mail system");
    const auto started = start_server(settings);
    return started ? 0 : fatal(tool, 1, started.error().text);
}

int start_in_foreground(const ToolSettings& settings, const PostfixHooks& hooks) {
    if (running_server(settings)) {
        return fatal(tool, 1, "the Postfix mail system is already running");
    }
    const int checked = check(settings, hooks);
    if (checked != 0) {
        return fatal(tool, checked, "mail system startup failed");
    }
    say(tool, "starting the Postfix mail system");
    become_server(settings);
    return fatal(tool, exit_os_error, std::string("cannot execute the server: ") + std::strerror(errno));
}

int stop(const ToolSettings& settings) {
    const auto pid = running_server(settings);
    if (!pid) {
        return down();
    }
    say(tool, "stopping the Postfix mail system");
    const auto asked = ask(settings, "stop");
    if (!asked && kill(*pid, SIGTERM) != 0) {
        return fatal(tool, 1, base::format("cannot stop process {}: {}", *pid, std::strerror(errno)));
    }
    if (wait_for_end(settings, std::chrono::seconds(10))) {
        return 0;
    }
    say(tool, "waiting for the Postfix mail system to terminate");
    if (wait_for_end(settings, std::chrono::seconds(50))) {
        return 0;
    }
    warn(tool, "stopping the Postfix mail system with force");
    kill(*pid, SIGKILL);
    return wait_for_end(settings, std::chrono::seconds(5)) ? 0 : 1;
}

// What was accepted is on disk: an abrupt end loses nothing.
int abort(const ToolSettings& settings) {
    const auto pid = running_server(settings);
    if (!pid) {
        return down();
    }
    say(tool, "aborting the Postfix mail system");
    if (kill(*pid, SIGKILL) != 0) {
        return fatal(tool, 1, base::format("cannot stop process {}: {}", *pid, std::strerror(errno)));
    }
    return wait_for_end(settings, std::chrono::seconds(5)) ? 0 : 1;
}

int reload(const ToolSettings& settings) {
    if (!running_server(settings)) {
        return down();
    }
    say(tool, "refreshing the Postfix mail system");
    const auto reply = ask(settings, "reload");
    if (!reply) {
        return fatal(tool, 1, reply.error().text);
    }
    if (!reply->get("text").empty()) {
        say(tool, reply->get("text"));
    }
    return 0;
}

int flush(const ToolSettings& settings) {
    if (!running_server(settings)) {
        return down();
    }
    const auto reply = ask(settings, "flush");
    return reply ? 0 : fatal(tool, 1, reply.error().text);
}

int status(const ToolSettings& settings) {
    const auto pid = running_server(settings);
    if (!pid) {
        say(tool, "the Postfix mail system is not running");
        return 1;
    }
    say(tool, base::format("the Postfix mail system is running: PID: {}", *pid));
    return 0;
}

int usage() {
    return fatal("postfix", 1,
                 "usage: postfix [-c config_dir] [-Dv] command\n"
                 "commands: start start-fg stop reload flush status check abort set-permissions upgrade-configuration");
}

}  // namespace

int postfix_main(int argc, char** argv, const PostfixHooks& hooks) {
    std::string config_option;
    optind = 1;
    for (int option = 0; (option = getopt(argc, argv, "+c:Dv")) != -1;) {
        if (option == 'c') {
            config_option = optarg;
        } else if (option != 'D' && option != 'v') {
            return usage();
        }
    }
    if (optind + 1 > argc) {
        return usage();
    }
    const std::string_view command = argv[optind];
    const auto settings = tool_settings(config_option);
    if (!settings) {
        return fatal("postfix", 1, settings.error().text);
    }
    if (command == "start") {
        return start(*settings, hooks);
    }
    if (command == "start-fg") {
        return start_in_foreground(*settings, hooks);
    }
    if (command == "stop") {
        return stop(*settings);
    }
    if (command == "abort") {
        return abort(*settings);
    }
    if (command == "reload") {
        return reload(*settings);
    }
    if (command == "flush") {
        return flush(*settings);
    }
    if (command == "status") {
        return status(*settings);
    }
    if (command == "check") {
        return check(*settings, hooks);
    }
    if (command == "set-permissions" || command == "upgrade-configuration") {
        return 0;  // the server makes its folders when it starts and needs no row in master.cf that an older one lacked
    }
    return fatal("postfix", 1, base::format("unknown command: '{}'. Usage: postfix start (or stop, reload, abort, flush, check, status)", command));
}

}  // namespace posthouse::tools
