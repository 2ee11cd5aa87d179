#include "os/init_system.hpp"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstddef>
#include <cstdlib>
#include <cstring>

#include "base/text.hpp"
#include "os/file_descriptor.hpp"
#include "os/own_process.hpp"

namespace posthouse::os {

namespace {

constexpr int first_descriptor = 3;           // SD_LISTEN_FDS_START
constexpr std::uint64_t descriptors_max = 1024;  // ours

std::string variable(const char* name) {
    const char* text = std::getenv(name);
    std::string out = text != nullptr ? text : "";
    ::unsetenv(name);
    return out;
}

}  // namespace

std::vector<HandedSocket> take_handed_sockets() {
    const std::string process = variable("LISTEN_PID");
    const std::string count_text = variable("LISTEN_FDS");
    const std::string names_text = variable("LISTEN_FDNAMES");
    const auto count = base::parse_number(count_text);
    if (base::parse_number(process) != static_cast<std::uint64_t>(::getpid()) || !count || *count > descriptors_max) {
        return {};
    }
    const auto names = base::split_fields(names_text, ':');
    std::vector<HandedSocket> out;
    for (std::size_t i = 0; i < *count; ++i) {
        const int descriptor = first_descriptor + static_cast<int>(i);
        keep_to_ourselves(descriptor);
        out.push_back({descriptor, i < names.size() ? std::string(names[i]) : std::string()});
    }
    return out;
}

void tell_init_system(const std::string& state) {
    const char* path = std::getenv("NOTIFY_SOCKET");
    const std::string_view name = path != nullptr ? path : "";
    sockaddr_un address{};
    if (name.size() < 2 || name.size() >= sizeof(address.sun_path) || (name.front() != '/' && name.front() != '@')) {
        return;
    }
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, name.data(), name.size());
    if (name.front() == '@') {
        address.sun_path[0] = '\0';  // the abstract name space
    }
    const FileDescriptor socket(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size());
    if (socket.get() >= 0) {
        static_cast<void>(::sendto(socket.get(), state.data(), state.size(), MSG_NOSIGNAL | MSG_DONTWAIT, reinterpret_cast<const sockaddr*>(&address), length));
    }
}

}  // namespace posthouse::os
