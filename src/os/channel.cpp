#include "os/channel.hpp"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "os/os_error.hpp"

namespace posthouse::os {

using base::Result;

namespace {

constexpr std::size_t control_size = CMSG_SPACE(Channel::descriptors_max * sizeof(int));

int milliseconds_left(world::Deadline deadline) {
    if (deadline.time() == world::SteadyTime::max()) {
        return -1;
    }
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline.time() - std::chrono::steady_clock::now());
    return static_cast<int>(std::clamp<std::int64_t>(left.count(), 0, 3'600'000));
}

std::vector<FileDescriptor> taken_from(msghdr& header) {
    std::vector<FileDescriptor> out;
    for (cmsghdr* part = CMSG_FIRSTHDR(&header); part != nullptr; part = CMSG_NXTHDR(&header, part)) {
        if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS) {
            continue;
        }
        const std::size_t count = (part->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (std::size_t i = 0; i < count; ++i) {
            int number = -1;
            std::memcpy(&number, CMSG_DATA(part) + i * sizeof(int), sizeof(number));
            out.emplace_back(number);
        }
    }
    return out;
}

}  // namespace

Result<std::pair<Channel, Channel>> Channel::make() {
    std::array<int, 2> ends{};
    if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) != 0) {
        return fail_os(errno, "socketpair");
    }
    return std::pair(Channel(FileDescriptor(ends[0])), Channel(FileDescriptor(ends[1])));
}

Result<void> Channel::send(std::string_view text, std::span<const int> descriptors) const {
    if (text.empty() || text.size() > text_max || descriptors.size() > descriptors_max) {
        return base::fail(base::ErrorKind::limit, "send between processes: an empty or too large message");
    }
    iovec bytes{const_cast<char*>(text.data()), text.size()};  // sendmsg reads only
    msghdr header{};
    header.msg_iov = &bytes;
    header.msg_iovlen = 1;
    alignas(cmsghdr) std::array<unsigned char, control_size> control{};
    if (!descriptors.empty()) {
        header.msg_control = control.data();
        header.msg_controllen = CMSG_SPACE(descriptors.size_bytes());
        cmsghdr* part = CMSG_FIRSTHDR(&header);
        part->cmsg_level = SOL_SOCKET;
        part->cmsg_type = SCM_RIGHTS;
        part->cmsg_len = CMSG_LEN(descriptors.size_bytes());
        std::memcpy(CMSG_DATA(part), descriptors.data(), descriptors.size_bytes());
    }
    ssize_t sent = 0;
    do {
        sent = ::sendmsg(end_.get(), &header, MSG_DONTWAIT | MSG_NOSIGNAL);
    } while (sent < 0 && errno == EINTR);
    return sent < 0 ? Result<void>(fail_os(errno, "send between processes")) : Result<void>();
}

Result<Channel::Message> Channel::receive(world::Deadline deadline) const {
    pollfd watched{end_.get(), POLLIN, 0};
    for (;;) {
        const int ready = ::poll(&watched, 1, milliseconds_left(deadline));
        if (ready > 0) {
            break;
        }
        if (ready == 0 && deadline.passed(std::chrono::steady_clock::now())) {
            return base::fail(base::ErrorKind::timeout, "no answer from the other process");
        }
    }
    std::string text(text_max, '\0');
    iovec bytes{text.data(), text.size()};
    alignas(cmsghdr) std::array<unsigned char, control_size> control{};
    msghdr header{};
    header.msg_iov = &bytes;
    header.msg_iovlen = 1;
    header.msg_control = control.data();
    header.msg_controllen = control.size();
    const ssize_t got = ::recvmsg(end_.get(), &header, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    if (got == 0 || (got < 0 && errno == ECONNRESET)) {
        return base::fail(base::ErrorKind::closed, "the other process is gone");
    }
    if (got < 0) {
        return fail_os(errno, "receive between processes");
    }
    Message message{std::move(text), taken_from(header)};
    if ((header.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0) {
        return base::fail(base::ErrorKind::invalid, "a message between processes is too long");
    }
    message.text.resize(static_cast<std::size_t>(got));
    return message;
}

}  // namespace posthouse::os
