#pragma once
// posthouse in the foreground: a supervisor, and as its child the real world, a Server on it, signals.
#include <string>
#include <utility>
#include <vector>

namespace posthouse::app {

struct ServeRequest {
    std::string directory = "/etc/postfix";
    std::vector<std::pair<std::string, std::string>> settings;  // name=value of the command line
    std::vector<std::string> arguments = {};                    // the whole command line
};

/// A supervisor, and below it a server that serves until SIGTERM or SIGINT; SIGHUP reloads. Exit status: 0, or 1 if it could not start (said on standard error).
int serve(const ServeRequest& request);

/// posthouse check: every finding on standard output with file and line; 0 if the server would start.
int check(const ServeRequest& request);

}  // namespace posthouse::app
