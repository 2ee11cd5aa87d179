// postfix(1): start, stop, reload and friends.
#include <poll.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <ctime>

#include "base/format.hpp"
#include "base/text.hpp"
#include "tools/command_page.hpp"
#include "tools/control_client.hpp"
#include "tools/messages.hpp"
#include "tools/postconf.hpp"
#include "tools/server_process.hpp"
#include "tools/tool_log.hpp"
#include "tools/tools.hpp"

namespace posthouse::tools {
namespace {

constexpr std::string_view tool = "postfix/postfix-script";

int down() { return fatal(tool, 1, "the Postfix mail system is not running"); }

// On the terminal and in the mail log.
void announce(const ToolSettings& settings, std::string_view text) {
    say(tool, text);
    ToolLog(settings).write(settings.syslog_name + "/postfix-script", observe::Severity::info, text);
}

base::Result<mail::Record> ask(const ToolSettings& settings, const char* request) {
    auto client = ControlClient::connect(settings.queue_directory, control::Door::administrator);
    if (!client) {
        return std::unexpected(client.error());
    }
    return client->call(mail::Record(request));
}

// The server checks its configuration itself, and says on our terminal why it does not start.
int start(const ToolSettings& settings) {
    if (running_server(settings)) {
        return fatal(tool, 1, "the Postfix mail system is already running");
    }
    announce(settings, "starting the Postfix mail system");
    const auto started = start_server(settings);
    return started ? 0 : fatal(tool, 1, started.error().text);
}

int start_in_foreground(const ToolSettings& settings) {
    if (running_server(settings)) {
        return fatal(tool, 1, "the Postfix mail system is already running");
    }
    announce(settings, "starting the Postfix mail system");
    become_server(settings);
    return fatal(tool, exit_os_error, std::string("cannot execute the server: ") + std::strerror(errno));
}

// The supervisor kills its server, then ends; killed itself, it could not.
int end_with_force(const ToolSettings& settings, pid_t pid) {
    if (kill(pid, SIGQUIT) != 0) {
        return fatal(tool, 1, base::format("cannot stop process {}: {}", pid, std::strerror(errno)));
    }
    if (wait_for_end(settings, std::chrono::seconds(5))) {
        return 0;
    }
    kill(pid, SIGKILL);
    return wait_for_end(settings, std::chrono::seconds(5)) ? 0 : 1;
}

int stop(const ToolSettings& settings) {
    const auto pid = running_server(settings);
    if (!pid) {
        return down();
    }
    announce(settings, "stopping the Postfix mail system");
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
    return end_with_force(settings, *pid);
}

// What was accepted is on disk: an abrupt end loses nothing.
int abort(const ToolSettings& settings) {
    const auto pid = running_server(settings);
    if (!pid) {
        return down();
    }
    announce(settings, "aborting the Postfix mail system");
    return end_with_force(settings, *pid);
}

int reload(const ToolSettings& settings) {
    if (!running_server(settings)) {
        return down();
    }
    announce(settings, "refreshing the Postfix mail system");
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

// The server notices that its file went away, and makes a new one.
int rotate_log(const ToolSettings& settings) {
    const std::string& file = settings.maillog_file;
    if (file.empty() || file.starts_with("/dev/")) {
        return fatal(tool, 1, "maillog_file is not a file: its log is not rotated here");
    }
    const std::time_t now = std::time(nullptr);
    std::tm local{};
    char suffix[128] = "";
    if (localtime_r(&now, &local) == nullptr || std::strftime(suffix, sizeof(suffix), settings.maillog_file_rotate_suffix.c_str(), &local) == 0) {
        return fatal(tool, 1, "bad maillog_file_rotate_suffix: " + settings.maillog_file_rotate_suffix);
    }
    const std::string rotated = file + '.' + suffix;
    if (std::rename(file.c_str(), rotated.c_str()) != 0) {
        return fatal(tool, 1, base::format("cannot rename {} to {}: {}", file, rotated, std::strerror(errno)));
    }
    // A line of our own makes the server open the new file; what was under way to the old one is there by then.
    announce(settings, "rotated the mail log");
    if (settings.maillog_file_compressor.empty()) {
        return 0;
    }
    sleep(1);
    execlp(settings.maillog_file_compressor.c_str(), settings.maillog_file_compressor.c_str(), rotated.c_str(), nullptr);
    return fatal(tool, 1, base::format("cannot execute {}: {}", settings.maillog_file_compressor, std::strerror(errno)));
}

int status(const ToolSettings& settings) {
    const auto pid = running_server(settings);
    if (!pid) {
        say(tool, "the Postfix mail system is not running");
        return 1;
    }
    say(tool, base::format("the Postfix mail system is running: PID: {}", *pid));
    // More than Postfix tells: on standard output, for whoever wants to read it.
    if (const auto reply = ask(settings, "status")) {
        const std::string& text = reply->get("text");
        std::printf("%s\n", text.substr(std::min(text.find('\n'), text.size() - 1) + 1).c_str());
    }
    return 0;
}

// The number in a line "server process: N" of what the server says of itself.
std::string server_process(const ToolSettings& settings) {
    constexpr std::string_view label = "server process: ";
    const auto reply = ask(settings, "status");
    const std::string text = reply ? reply->get("text") : std::string();
    const std::size_t at = text.find(label);
    return at == std::string::npos ? std::string() : text.substr(at + label.size(), text.find('\n', at) - at - label.size());
}

// The supervisor starts the installed program, which is this one, beside the server that runs, and lets it take over.
int upgrade(const ToolSettings& settings, const PostfixHooks& hooks) {
    const auto pid = running_server(settings);
    const std::string before = pid ? server_process(settings) : std::string();
    if (!pid || before.empty()) {
        return down();
    }
    if (before == std::to_string(*pid)) {
        return fatal(tool, 1, "the server has no supervisor that could start a new one: stop it and start it");
    }
    if (hooks.check && hooks.check(settings.config_directory) != 0) {
        return fatal(tool, 1, "this program would not start with this configuration; the server that runs goes on");
    }
    announce(settings, "upgrading the Postfix mail system");
    if (kill(*pid, SIGUSR2) != 0) {
        return fatal(tool, 1, base::format("cannot signal process {}: {}", *pid, std::strerror(errno)));
    }
    constexpr int pause_milliseconds = 50, patience_milliseconds = 90'000;
    for (int waited = 0; waited < patience_milliseconds; waited += pause_milliseconds) {
        poll(nullptr, 0, pause_milliseconds);
        const std::string now = server_process(settings);
        if (!now.empty() && now != before) {
            say(tool, base::format("process {} has taken over from process {}", now, before));
            return 0;
        }
    }
    return fatal(tool, 1, "no new process took over; the mail log says why");
}

int usage() {
    return fatal("postfix", 1,
                 "usage: postfix [-c config_dir] [-Dv] command\n"
                 "commands: start start-fg stop reload flush status check abort logrotate upgrade set-permissions upgrade-configuration");
}

// What these two prepare for Postfix needs no preparation here; name=value arguments change main.cf, as they do there.
int prepare(const ToolSettings& settings, std::string_view command, const std::vector<std::string>& arguments) {
    if (!arguments.empty()) {
        std::vector<std::string> words{"-c", settings.config_directory, "-e"};
        words.insert(words.end(), arguments.begin(), arguments.end());
        const PostconfOutput edited = run_postconf(words, {});
        if (edited.status != 0) {
            return fatal(tool, 1, base::format("{}: {}", command, base::trim(edited.err)));
        }
    }
    say(tool, command == "set-permissions" ? "nothing to set: the server gives its folders their owners and modes whenever it starts"
                                           : "nothing to upgrade: this server needs no service or parameter that an older configuration lacks");
    return 0;
}

// Whoever owns the queue may run it: root, or a developer with a queue of his own.
bool is_permitted(const ToolSettings& settings) {
    struct stat queue {};
    return geteuid() == 0 || stat(settings.queue_directory.c_str(), &queue) != 0 || queue.st_uid == geteuid();
}

}  // namespace

int postfix_main(int argc, char** argv, const PostfixHooks& hooks) {
    std::string config_option;
    const std::string letters = option_letters("postfix").substr(1);  // options may stand behind the command, too
    optind = 0;  // glibc: forget an earlier command line
    for (int option = 0; (option = getopt(argc, argv, letters.c_str())) != -1;) {
        if (option == 'c') {
            config_option = optarg;
        } else if (option == 'D') {
            warn("postfix", "-D: there are no daemon processes to run under a debugger -- ignored");
        } else if (option != 'D' && option != 'v') {
            return usage();
        }
    }
    if (optind + 1 > argc) {
        return usage();
    }
    const std::string_view command = argv[optind];
    const auto settings = tool_settings(config_option);
    if (command == "check" && hooks.check && (settings ? is_permitted(*settings) : settings.error().kind == base::ErrorKind::invalid)) {
        return hooks.check(config_directory(config_option));  // it tells of all errors, not of the first
    }
    if (!settings) {
        return fatal("postfix", 1, settings.error().text);
    }
    if (!is_permitted(*settings)) {
        return fatal("postfix", 1, "the postfix command is reserved for the superuser");
    }
    if (command == "start") {
        return start(*settings);
    }
    if (command == "start-fg") {
        return start_in_foreground(*settings);
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
    if (command == "upgrade") {
        return upgrade(*settings, hooks);
    }
    if (command == "logrotate") {
        return rotate_log(*settings);
    }
    if (command == "set-permissions" || command == "upgrade-configuration") {
        return prepare(*settings, command, std::vector<std::string>(argv + optind + 1, argv + argc));
    }
    if (command == "tls") {
        return fatal("postfix", 1, "there is no \"postfix tls\" here: make keys with openssl(1), and set smtp_tls_security_level, smtpd_tls_security_level and smtpd_tls_chain_files with postconf(1)");
    }
    return fatal("postfix", 1, base::format("unknown command: '{}'. Usage: postfix start (or stop, reload, abort, flush, check, status, upgrade, set-permissions, upgrade-configuration, logrotate)", command));
}

}  // namespace posthouse::tools
