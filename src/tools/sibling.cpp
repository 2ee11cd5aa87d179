#include "tools/sibling.hpp"

#include <unistd.h>

namespace posthouse::tools {

std::string own_program() {
    char path[4096];
    const ssize_t length = readlink("/proc/self/exe", path, sizeof(path));
    return length > 0 ? std::string(path, static_cast<std::size_t>(length)) : "posthouse";
}

void run_sibling(const std::vector<std::string>& arguments) {
    std::vector<char*> words;
    for (const std::string& argument : arguments) {
        words.push_back(const_cast<char*>(argument.c_str()));  // execv's prototype is older than const; it does not write
    }
    words.push_back(nullptr);
    execv(own_program().c_str(), words.data());
}

}  // namespace posthouse::tools
