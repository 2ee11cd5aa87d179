#include "tools/messages.hpp"

#include <cstdio>

namespace posthouse::tools {

void say(std::string_view tool, std::string_view text) {
    std::string line(tool);
    line.append(": ").append(text).append("\n");
    std::fflush(stdout);  // so that the two streams keep their order in one file
    std::fwrite(line.data(), 1, line.size(), stderr);
}

void warn(std::string_view tool, std::string_view text) { say(tool, "warning: " + std::string(text)); }

int fatal(std::string_view tool, int status, std::string_view text) {
    say(tool, "fatal: " + std::string(text));
    return status;
}

bool print(std::string_view text) { return std::fwrite(text.data(), 1, text.size(), stdout) == text.size(); }

}  // namespace posthouse::tools
