// smtp_load source|sink|idle --OPTION VALUE …: the load of bench/run.py. See modes.hpp.
#include <sys/resource.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "bench/load/modes.hpp"

int main(int argc, char** argv) {
    std::signal(SIGPIPE, SIG_IGN);
    rlimit files{};
    getrlimit(RLIMIT_NOFILE, &files);
    rlimit wanted{100'000, std::max<rlim_t>(files.rlim_max, 100'000)};
    if (setrlimit(RLIMIT_NOFILE, &wanted) != 0) {  // only root may
        files.rlim_cur = files.rlim_max;
        setrlimit(RLIMIT_NOFILE, &files);
    }
    load::Options options;
    for (int i = 2; i + 1 < argc; i += 2) {
        const std::string_view name = argv[i];
        const char* const value = argv[i + 1];
        const int number = std::atoi(value);
        if (name == "--port") { options.port = number; }
        else if (name == "--messages") { options.messages = std::strtoull(value, nullptr, 10); }
        else if (name == "--first") { options.first = std::strtoull(value, nullptr, 10); }
        else if (name == "--sessions") { options.sessions = number; }
        else if (name == "--length") { options.length = number; }
        else if (name == "--per-connection") { options.per_connection = std::strtoull(value, nullptr, 10); }
        else if (name == "--domains") { options.domains = number; }
        else if (name == "--domain") { options.domain = value; }
        else if (name == "--holes") { options.holes = number; }
        else if (name == "--connections") { options.connections = number; }
        else if (name == "--addresses") { options.addresses = number; }
        else if (name == "--tls") { options.tls = number != 0; }
        else if (name == "--black-hole") { options.black_hole = number != 0; }
        else if (name == "--timeout") { options.timeout_s = number; }
        else if (name == "--certificate") { options.certificate = value; }
        else if (name == "--key") { options.key = value; }
        else {
            std::fprintf(stderr, "unknown option %s\n", argv[i]);
            return 2;
        }
    }
    const std::string_view mode = argc > 1 ? argv[1] : "";
    if (mode == "source") { return load::run_source(options); }
    if (mode == "sink") { return load::run_sink(options); }
    if (mode == "idle") { return load::run_idle(options); }
    std::fprintf(stderr, "usage: smtp_load source|sink|idle --port N [--OPTION VALUE …]\n");
    return 2;
}
