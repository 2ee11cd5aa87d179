// Clients that greet, maybe ask for TLS, and then say nothing more.
#include <poll.h>
#include <unistd.h>

#include <cstdio>
#include <memory>
#include <vector>

#include "bench/load/connection.hpp"
#include "bench/load/modes.hpp"

namespace load {

namespace {

// One reply of any number of lines; false: there will be none.
bool reply(Connection& connection, std::uint64_t until) {
    for (;;) {
        std::string& input = connection.input;
        for (std::size_t from = 0; from < input.size();) {
            const std::size_t end = input.find('\n', from);
            if (end == std::string::npos) {
                break;
            }
            if (end - from > 3 && input[from + 3] == ' ') {
                const bool good = input[from] == '2';
                input.erase(0, end + 1);
                return good;
            }
            from = end + 1;
        }
        if (now_ns() > until || !connection.write()) {
            return false;
        }
        pollfd entry{connection.descriptor(), static_cast<short>(POLLIN | (connection.output.empty() ? 0 : POLLOUT)), 0};
        ::poll(&entry, 1, 100);
        if (!connection.read()) {
            return false;
        }
    }
}

bool settle(Connection& connection, const Options& options, SSL_CTX* context) {
    const std::uint64_t until = now_ns() + static_cast<std::uint64_t>(options.timeout_s) * 1'000'000'000;
    if (!reply(connection, until)) {
        return false;
    }
    connection.output += "EHLO idle.test\r\n";
    if (!reply(connection, until) || !options.tls) {
        return !options.tls;
    }
    connection.output += "STARTTLS\r\n";
    if (!reply(connection, until)) {
        return false;
    }
    connection.start_tls(context, Role::client, nullptr);
    connection.output += "EHLO idle.test\r\n";
    return reply(connection, until);
}

}  // namespace

int run_idle(const Options& options) {
    SSL_CTX* const context = SSL_CTX_new(TLS_client_method());
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
    std::vector<std::unique_ptr<Connection>> held;
    int refused = 0;
    for (int i = 0; i < options.connections; ++i) {
        auto connection = std::make_unique<Connection>(connect_to(options.port));
        if (settle(*connection, options, context)) {
            held.push_back(std::move(connection));
        } else {
            ++refused;
        }
    }
    std::printf("READY %zu %d\n", held.size(), refused);
    std::fflush(stdout);
    char rest[64];
    while (::read(0, rest, sizeof rest) > 0) {
    }
    return 0;
}

}  // namespace load
