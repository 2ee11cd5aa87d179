#pragma once
// The command line tools. Each main takes the arguments as main() gets them (argv[0] is the tool's name) and returns the exit
// status; the application calls the one whose name it was started under.
#include <functional>
#include <string>

namespace posthouse::tools {

int postqueue_main(int argc, char** argv);
int mailq_main(int argc, char** argv);
int postsuper_main(int argc, char** argv);
int postcat_main(int argc, char** argv);
int postlog_main(int argc, char** argv);
int sendmail_main(int argc, char** argv);
int newaliases_main(int argc, char** argv);

/// What "postfix" needs from the application.
struct PostfixHooks {
    /// "postfix check": findings to standard output; 0 if there is no error among them.
    std::function<int(const std::string& config_directory)> check;
};
/// "postfix start" runs this program as "posthouse -c DIR" in a session of its own, with POSTHOUSE_READY_FD=N in its
/// environment: the server writes one byte to descriptor N when it serves, closes it and lets go of standard output and error.
int postfix_main(int argc, char** argv, const PostfixHooks& hooks = {});

int postconf_main(int argc, char** argv);
int postmap_main(int argc, char** argv);
int postalias_main(int argc, char** argv);

}  // namespace posthouse::tools
