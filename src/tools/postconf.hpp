#pragma once
// postconf(1): show and change main.cf, show master.cf.
#include <string>
#include <string_view>
#include <vector>

namespace posthouse::tools {

/// Runs the command with the arguments of a main(); returns the exit status. MAIL_CONFIG names the directory, -c wins.
int postconf_main(int argc, char** argv);

struct PostconfOutput {
    std::string out;
    std::string err;
    int status = 0;
};

/// The same, with the text collected instead of written; edits do change the file. `directory` is what MAIL_CONFIG says; empty: nothing.
[[nodiscard]] PostconfOutput run_postconf(const std::vector<std::string>& arguments, std::string_view directory);

}  // namespace posthouse::tools
