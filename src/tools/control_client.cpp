#include "tools/control_client.hpp"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace posthouse::tools {
namespace {

base::ErrorKind kind_of_errno(int error) {
    switch (error) {
        case EACCES:
        case EPERM: return base::ErrorKind::permission;
        case ENOENT: return base::ErrorKind::not_found;
        case ECONNREFUSED: return base::ErrorKind::refused;
        default: return base::ErrorKind::io;
    }
}

std::unexpected<base::Error> system_error(std::string_view doing) {
    const int error = errno;
    return base::fail(base::Error{kind_of_errno(error), std::strerror(error)}, doing);
}

// A socket in /tmp could have been put there by anybody: whoever answers must own the folder where it would be, or be root. The
// queue directory itself is root's where the server works as mail_owner.
bool is_trusted(int descriptor, const std::string& queue_directory) {
    ucred peer{};
    socklen_t length = sizeof(peer);
    struct stat owner {};
    if (getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &peer, &length) != 0 || stat((queue_directory + "/public").c_str(), &owner) != 0) {
        return false;
    }
    return peer.uid == 0 || peer.uid == owner.st_uid;
}

}  // namespace

base::ErrorKind error_kind(std::string_view text) {
    if (text == "permission") {
        return base::ErrorKind::permission;
    }
    if (text == "not-found") {
        return base::ErrorKind::not_found;
    }
    if (text == "invalid" || text == "rejected") {
        return base::ErrorKind::invalid;
    }
    if (text == "limit" || text == "too-big") {
        return base::ErrorKind::limit;
    }
    if (text == "later") {
        return base::ErrorKind::closed;  // nobody took it, nobody refused it
    }
    return text == "no-space" ? base::ErrorKind::no_space : base::ErrorKind::unavailable;
}

ControlClient::ControlClient(ControlClient&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)), input_(std::move(other.input_)) {}

ControlClient::~ControlClient() {
    if (descriptor_ >= 0) {
        close(descriptor_);
    }
}

base::Result<ControlClient> ControlClient::connect(const std::string& queue_directory, control::Door door) {
    const std::string path = control::socket_path(queue_directory, door);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.size() >= sizeof(address.sun_path)) {
        return base::fail(base::ErrorKind::invalid, "connect to " + path + ": name too long");
    }
    path.copy(address.sun_path, path.size());
    ControlClient client(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (client.descriptor_ < 0) {
        return system_error("socket");
    }
    if (::connect(client.descriptor_, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0) {
        return system_error("connect to " + path);
    }
    if (!path.starts_with(queue_directory) && !is_trusted(client.descriptor_, queue_directory)) {
        return base::fail(base::ErrorKind::refused, "connect to " + path + ": not the owner of " + queue_directory + "/public");
    }
    return client;
}

base::Result<void> ControlClient::send(std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t count = ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (count < 0 && errno != EINTR) {
            return system_error("write to the mail system");
        }
        bytes.remove_prefix(count > 0 ? static_cast<std::size_t>(count) : 0);
    }
    return {};
}

base::Result<void> ControlClient::fill() {
    char buffer[16 * 1024];
    for (;;) {
        const ssize_t count = recv(descriptor_, buffer, sizeof(buffer), 0);
        if (count > 0) {
            input_.append(buffer, static_cast<std::size_t>(count));
            return {};
        }
        if (count == 0) {
            return base::fail(base::ErrorKind::closed, "the mail system closed the connection");
        }
        if (errno != EINTR) {
            return system_error("read from the mail system");
        }
    }
}

base::Result<mail::Record> ControlClient::read() {
    std::size_t newline = input_.find('\n');
    while (newline == std::string::npos) {
        if (input_.size() > mail::record_length_max) {
            return base::fail(base::ErrorKind::invalid, "the mail system sent a malformed answer");
        }
        const std::size_t scanned = input_.size();
        const auto filled = fill();
        if (!filled) {
            return std::unexpected(filled.error());
        }
        newline = input_.find('\n', scanned);
    }
    auto record = mail::decode_record(std::string_view(input_).substr(0, newline));
    input_.erase(0, newline + 1);
    if (record && record->word == "error") {
        return base::fail(error_kind(record->get("kind")), record->get("text"));
    }
    return record;
}

base::Result<std::string> ControlClient::read_bytes(std::size_t count) {
    while (input_.size() < count) {
        const auto filled = fill();
        if (!filled) {
            return std::unexpected(filled.error());
        }
    }
    std::string bytes = input_.substr(0, count);
    input_.erase(0, count);
    return bytes;
}

base::Result<mail::Record> ControlClient::call(const mail::Record& request) {
    const auto sent = send(mail::encode(request));
    if (!sent) {
        return std::unexpected(sent.error());
    }
    for (;;) {
        auto record = read();
        if (!record || record->word == "ok") {
            return record;
        }
    }
}

}  // namespace posthouse::tools
