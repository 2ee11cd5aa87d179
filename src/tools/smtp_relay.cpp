#include "tools/smtp_relay.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <string_view>

#include "tools/control_client.hpp"
#include "tools/messages.hpp"

namespace posthouse::tools {
namespace {

bool write_out(std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t count = write(STDOUT_FILENO, bytes.data(), bytes.size());
        if (count < 0 && errno != EINTR) {
            return false;
        }
        bytes.remove_prefix(count > 0 ? static_cast<std::size_t>(count) : 0);
    }
    return true;
}

// Until the server closes: it answers what came before the end of the input.
int carry(ControlClient& client) {
    char buffer[16 * 1024];
    pollfd ends[2] = {{STDIN_FILENO, POLLIN, 0}, {client.descriptor(), POLLIN, 0}};
    for (;;) {
        if (poll(ends, 2, -1) < 0 && errno != EINTR) {
            return exit_os_error;
        }
        if (ends[0].fd >= 0 && (ends[0].revents & (POLLIN | POLLHUP | POLLERR)) != 0) {
            const ssize_t count = read(STDIN_FILENO, buffer, sizeof(buffer));
            if (count <= 0) {
                shutdown(client.descriptor(), SHUT_WR);
                ends[0].fd = -1;
            } else if (!client.send({buffer, static_cast<std::size_t>(count)})) {
                ends[0].fd = -1;
            }
        }
        if ((ends[1].revents & (POLLIN | POLLHUP | POLLERR)) != 0) {
            const ssize_t count = recv(client.descriptor(), buffer, sizeof(buffer), 0);
            if (count <= 0) {
                return 0;
            }
            if (!write_out({buffer, static_cast<std::size_t>(count)})) {
                return exit_os_error;
            }
        }
    }
}

}  // namespace

int relay_smtp(const ToolSettings& settings) {
    auto client = ControlClient::connect(settings.queue_directory, control::Door::everyone);
    const auto ready = client ? client->call(mail::Record("smtp")) : std::unexpected(client.error());
    if (!ready) {
        write_out("421 4.3.0 " + settings.myhostname + " Service not available, mail system is down\r\n");
        return exit_temporary_failure;
    }
    if (!write_out(client->unread())) {
        return exit_os_error;
    }
    return carry(*client);
}

}  // namespace posthouse::tools
