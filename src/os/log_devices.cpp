#include "os/log_devices.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <thread>

#include "os/capabilities.hpp"
#include "os/file_descriptor.hpp"
#include "os/os_error.hpp"

namespace posthouse::os {

namespace {

std::size_t write_some(int descriptor, std::string_view lines) {
    std::size_t done = 0;
    while (done < lines.size()) {
        const ssize_t count = ::write(descriptor, lines.data() + done, lines.size() - done);
        if (count >= 0) {
            done += static_cast<std::size_t>(count);
        } else if (errno != EINTR) {
            break;
        }
    }
    return done;
}

// What a crash of the process can lose of the log, and what a reader of it waits at most.
constexpr std::chrono::milliseconds rest_time{10};

class RestingDevice : public observe::LogDevice {
public:
    void rest() override { std::this_thread::sleep_for(rest_time); }
};

class LogFile final : public RestingDevice {
public:
    LogFile(std::string path, unsigned mode, LogOpener helper) : path_(std::move(path)), mode_(mode), helper_(std::move(helper)) {}

    std::size_t write(std::string_view lines) override {
        if (reopen_.exchange(false) || moved_away()) {
            file_.close();
        }
        if (!file_.valid()) {
            open();
        }
        return file_.valid() ? write_some(file_.get(), lines) : 0;
    }
    void reopen() override { reopen_ = true; }

private:
    void open() {
        auto opened = open_log_file(path_, mode_);
        if (!opened && opened.error().kind == base::ErrorKind::permission) {
            if (helper_) {
                file_ = helper_();
                return;
            }
            // The folder is root's, as /var/log is, and log rotation took the file away.
            const WithRights rights(Capabilities::write_all_files());
            opened = open_log_file(path_, mode_);
        }
        if (opened) {
            file_ = std::move(*opened);
        }
    }
    // One stat(2) per batch is cheap, and spares log rotation its signal.
    [[nodiscard]] bool moved_away() const {
        struct stat by_path {};
        struct stat opened {};
        return file_.valid() && (::stat(path_.c_str(), &by_path) != 0 || ::fstat(file_.get(), &opened) != 0 ||
                                 by_path.st_ino != opened.st_ino || by_path.st_dev != opened.st_dev);
    }

    std::string path_;
    unsigned mode_;
    LogOpener helper_;
    FileDescriptor file_;
    std::atomic<bool> reopen_ = false;
};

class LogStdout final : public RestingDevice {
public:
    std::size_t write(std::string_view lines) override { return write_some(STDOUT_FILENO, lines); }
};

class LogSyslog final : public RestingDevice {
public:
    explicit LogSyslog(std::string path) : path_(std::move(path)) {}

    std::size_t write(std::string_view lines) override {
        std::size_t done = 0;
        while (done < lines.size()) {
            const std::size_t end = std::min(lines.find('\n', done), lines.size());
            if (!send(lines.substr(done, end - done))) {
                socket_.close();  // syslog may have been restarted: connect anew at the next try
                break;
            }
            done = std::min(end + 1, lines.size());
        }
        return done;
    }

private:
    static constexpr std::size_t stamp_size = 16;  // "Nov 22 03:45:38 "

    bool send(std::string_view line) {
        if (!socket_.valid() && !connect()) {
            return false;
        }
        const std::size_t host_end = line.find(' ', stamp_size);
        if (host_end == std::string_view::npos) {
            return true;  // not one of our lines
        }
        const std::string_view rest = line.substr(host_end + 1);
        std::string datagram = '<' + std::to_string(facility_mail | priority(rest)) + '>';
        datagram.append(line.substr(0, stamp_size)).append(rest);
        return ::send(socket_.get(), datagram.data(), datagram.size(), MSG_NOSIGNAL) >= 0;
    }
    static int priority(std::string_view rest) {
        const std::size_t head = rest.find("]: ");
        const std::string_view text = head == std::string_view::npos ? rest : rest.substr(head + 3);
        if (text.starts_with("warning: ")) {
            return 4;
        }
        if (text.starts_with("error: ")) {
            return 3;
        }
        return text.starts_with("fatal: ") || text.starts_with("panic: ") ? 2 : 6;
    }
    bool connect() {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        if (path_.size() >= sizeof(address.sun_path)) {
            return false;
        }
        std::memcpy(address.sun_path, path_.data(), path_.size());
        socket_ = FileDescriptor(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
        if (::connect(socket_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0) {
            socket_.close();
            return false;
        }
        return true;
    }

    static constexpr int facility_mail = 2 << 3;
    std::string path_;
    FileDescriptor socket_;
};

}  // namespace

std::shared_ptr<observe::LogDevice> make_log_file(std::string path, unsigned mode, LogOpener helper) {
    return std::make_shared<LogFile>(std::move(path), mode, std::move(helper));
}

base::Result<FileDescriptor> open_log_file(const std::string& path, unsigned mode) {
    struct stat folder {};
    const std::string around = path.substr(0, std::max<std::size_t>(path.rfind('/'), 1));
    const bool only_root_changes_it = ::stat(around.c_str(), &folder) == 0 && folder.st_uid == 0 && (folder.st_mode & (S_IWGRP | S_IWOTH)) == 0;
    const int care = only_root_changes_it || ::geteuid() != 0 ? 0 : O_NOFOLLOW;
    FileDescriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NONBLOCK | care, mode));
    struct stat opened {};
    if (!file.valid() || ::fstat(file.get(), &opened) != 0) {
        return fail_os(errno, "open " + path);
    }
    if (care != 0 && (!S_ISREG(opened.st_mode) || opened.st_nlink != 1)) {
        return fail_os(EPERM, "open " + path + ", which is no file of its own in a folder that others change");
    }
    ::fcntl(file.get(), F_SETFL, O_APPEND);
    return file;
}
std::shared_ptr<observe::LogDevice> make_log_stdout() { return std::make_shared<LogStdout>(); }
std::shared_ptr<observe::LogDevice> make_log_syslog(std::string socket_path) {
    return std::make_shared<LogSyslog>(std::move(socket_path));
}

}  // namespace posthouse::os
