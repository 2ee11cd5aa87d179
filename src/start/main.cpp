// posthouse and, under their own names, the tools that an administrator's fingers know.
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <string>
#include <string_view>

#include "app/explain_arguments.hpp"
#include "start/explain.hpp"
#include "start/serve.hpp"
#include "start/table_world.hpp"
#include "os/posix_files.hpp"
#include "tools/help.hpp"
#include "tools/postmap.hpp"
#include "tools/tools.hpp"

namespace {

using namespace posthouse;

constexpr std::string_view usage =
    "usage: posthouse [-c CONFIG_DIR | CONFIG_DIR] [name=value ...]   serve in the foreground until SIGTERM\n"
    "       posthouse start|stop|reload|flush|status|check|abort|logrotate|upgrade [-c CONFIG_DIR]\n"
    "       posthouse explain [-c CONFIG_DIR] --client ADDRESS[=NAME] --sender ADDRESS --recipient ADDRESS ...\n"
    "       posthouse postqueue|mailq|postsuper|postcat|postconf|postmap|postalias|sendmail|postlog ...\n"
    "       posthouse help PARAMETER ... | help --man PAGE | help --man-pages FOLDER\n"
    "A name=value argument is a main.cf setting that wins over the file. The default CONFIG_DIR is $MAIL_CONFIG or /etc/postfix.\n";

std::string default_directory() {
    const char* from_environment = std::getenv("MAIL_CONFIG");
    return from_environment != nullptr ? from_environment : "/etc/postfix";
}

int run_check(const std::string& directory) { return app::check({directory.empty() ? default_directory() : directory, {}}); }

int run_explain(const std::vector<std::string>& words) {
    const auto arguments = app::parse_explain_arguments(words);
    if (!arguments) {
        std::fprintf(stderr, "posthouse: fatal: %s\n%.*s", arguments.error().text.c_str(), static_cast<int>(app::explain_usage.size()), app::explain_usage.data());
        return 64;
    }
    return app::explain_session({arguments->directory.empty() ? default_directory() : arguments->directory, {}}, arguments->session);
}

/// The tool of this name; -1: there is none.
int run_tool(std::string_view name, int argc, char** argv) {
    os::PosixFiles files;
    if (name == "postqueue") {
        return tools::postqueue_main(argc, argv);
    }
    if (name == "mailq") {
        return tools::mailq_main(argc, argv);
    }
    if (name == "postsuper") {
        return tools::postsuper_main(argc, argv);
    }
    if (name == "postcat") {
        return tools::postcat_main(argc, argv);
    }
    if (name == "postlog") {
        return tools::postlog_main(argc, argv);
    }
    if (name == "postconf") {
        return tools::postconf_main(argc, argv);
    }
    if (name == "postmap") {
        return tools::postmap_main(argc, argv, {.mode = tools::PostmapMode::postmap, .default_database_type = {}, .myhostname = {}, .make_world = app::make_table_world}, files);
    }
    if (name == "postalias") {
        return tools::postmap_main(argc, argv, {.mode = tools::PostmapMode::postalias, .default_database_type = {}, .myhostname = {}, .make_world = app::make_table_world}, files);
    }
    if (name == "sendmail") {
        return tools::sendmail_main(argc, argv);
    }
    if (name == "newaliases") {
        return tools::newaliases_main(argc, argv);
    }
    if (name == "help") {
        return tools::help_main(argc, argv);
    }
    if (name == "postfix") {
        return tools::postfix_main(argc, argv, {.check = run_check});
    }
    return -1;
}

bool is_postfix_command(std::string_view word) {
    for (const std::string_view command : {"start", "stop", "reload", "flush", "status", "check", "abort", "logrotate", "upgrade", "start-fg", "set-permissions", "upgrade-configuration"}) {
        if (word == command) {
            return true;
        }
    }
    return false;
}

int run_posthouse(int argc, char** argv) {
    app::ServeRequest request{default_directory(), {}, std::vector<std::string>(argv, argv + argc)};
    for (int i = 1; i < argc; ++i) {
        const std::string_view word = argv[i];
        if (word == "-h" || word == "--help") {
            std::fwrite(usage.data(), 1, usage.size(), stdout);
            return 0;
        }
        if (word == "-c" && i + 1 < argc) {
            request.directory = argv[++i];
        } else if (const std::size_t equals = word.find('='); equals != std::string_view::npos && equals > 0 && word.find('/') > equals) {
            request.settings.emplace_back(word.substr(0, equals), word.substr(equals + 1));
        } else if (i == 1 && word == "explain") {
            return run_explain(std::vector<std::string>(argv + 2, argv + argc));
        } else if (i == 1 && is_postfix_command(word)) {
            return tools::postfix_main(argc, argv, {.check = run_check});
        } else if (word.find('/') != std::string_view::npos || word == ".") {
            request.directory = word;
        } else {
            const int status = i == 1 ? run_tool(word, argc - 1, argv + 1) : -1;
            if (status >= 0) {
                return status;
            }
            std::fprintf(stderr, "posthouse: unknown argument \"%s\"\n%.*s", argv[i], static_cast<int>(usage.size()), usage.data());
            return 64;
        }
    }
    return app::serve(request);
}

/// The exit status, once what was printed has been written: an answer that nobody could read is no success.
int after_output(int status) {
    errno = 0;
    const bool is_written = std::cout.flush().good() && std::fflush(stdout) == 0 && std::ferror(stdout) == 0;
    if (is_written || errno == EPIPE) {  // who reads no further has read enough
        return status;
    }
    std::fputs("posthouse: fatal: standard output: not everything could be written\n", stderr);
    return status == 0 ? 1 : status;
}

}  // namespace

int main(int argc, char** argv) {
    try {
        std::string_view name = argc > 0 ? argv[0] : "posthouse";
        if (const std::size_t slash = name.rfind('/'); slash != std::string_view::npos) {
            name.remove_prefix(slash + 1);
        }
        const int status = run_tool(name, argc, argv);
        return after_output(status >= 0 ? status : run_posthouse(argc, argv));
    } catch (const std::exception& e) {
        std::fprintf(stderr, "posthouse: fatal: %s\n", e.what());
        return 1;
    }
}
