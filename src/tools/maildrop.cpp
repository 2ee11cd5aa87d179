#include "tools/maildrop.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "base/format.hpp"
#include "mail/maildrop_format.hpp"

namespace posthouse::tools {
namespace {

std::unexpected<base::Error> system_error(std::string_view doing, const std::string& path) {
    const int error = errno;
    return base::fail(error == ENOSPC ? base::ErrorKind::no_space : base::ErrorKind::io, base::format("{} {}: {}", doing, path, std::strerror(error)));
}

class Descriptor {
public:
    explicit Descriptor(int value) : value_(value) {}
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    ~Descriptor() {
        if (value_ >= 0) {
            close(value_);
        }
    }
    [[nodiscard]] int get() const { return value_; }

private:
    int value_;
};

base::Result<void> write_and_sync(const std::string& path, std::string_view bytes) {
    // Readable by nobody else: mail is private. The server reads it as the owner of the queue, or as root.
    const Descriptor file(open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    if (file.get() < 0) {
        return system_error("create", path);
    }
    while (!bytes.empty()) {
        const ssize_t count = write(file.get(), bytes.data(), bytes.size());
        if (count < 0 && errno != EINTR) {
            return system_error("write", path);
        }
        bytes.remove_prefix(count > 0 ? static_cast<std::size_t>(count) : 0);
    }
    if (fsync(file.get()) != 0) {
        return system_error("sync", path);
    }
    return {};
}

std::string unique_name() {
    timeval now{};
    gettimeofday(&now, nullptr);
    const auto microseconds = static_cast<std::uint64_t>(now.tv_sec) * 1'000'000 + static_cast<std::uint64_t>(now.tv_usec);
    return base::format("{:013X}{:06X}", microseconds, static_cast<unsigned>(getpid()));
}

}  // namespace

base::Result<void> write_maildrop(const std::string& queue_directory, const mail::Submission& submission, std::string_view content) {
    const std::string folder = queue_directory + "/maildrop";
    mkdir(queue_directory.c_str(), 0755);  // before the first start there is none; if that fails, so does what follows
    if (mkdir(folder.c_str(), 0730) == 0) {
        chmod(folder.c_str(), 0730);
    }
    const std::string name = unique_name();
    const std::string temporary = folder + "/tmp." + name;
    const auto written = write_and_sync(temporary, mail::encode_maildrop(submission, content));
    if (!written) {
        unlink(temporary.c_str());
        return written;
    }
    if (rename(temporary.c_str(), (folder + "/" + name).c_str()) != 0) {
        const auto error = system_error("rename", temporary);
        unlink(temporary.c_str());
        return error;
    }
    // A user who may write into the folder may not be allowed to open it (mode 0730): then the rename is synced later, with
    // the file system's next commit, as it is for Postfix's postdrop.
    const Descriptor directory(open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (directory.get() >= 0 && fsync(directory.get()) != 0) {
        return system_error("sync", folder);
    }
    return {};
}

void list_maildrop(const std::string& queue_directory, const std::function<void(const QueueEntry&)>& show) {
    std::error_code error;
    std::vector<std::filesystem::path> paths;
    for (std::filesystem::directory_iterator i(queue_directory + "/maildrop", error), end; !error && i != end; i.increment(error)) {
        if (mail::is_maildrop_name(i->path().filename().string())) {
            paths.push_back(i->path());
        }
    }
    std::sort(paths.begin(), paths.end());
    for (const auto& path : paths) {
        std::ifstream file(path, std::ios::binary);
        const std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
        const auto view = mail::decode_maildrop(text);
        struct stat info {};
        if (!view || stat(path.c_str(), &info) != 0) {
            continue;
        }
        QueueEntry entry;
        entry.queue_name = "maildrop";
        entry.id = path.filename().string();
        entry.size = view->content.size();
        entry.arrival = info.st_mtime;
        entry.sender = view->submission.envelope.reverse_path.address();
        for (const mail::Recipient& recipient : view->submission.envelope.recipients) {
            entry.recipients.push_back({recipient.address, {}});
        }
        show(entry);
    }
}

void purge_maildrop(const std::string& queue_directory, std::chrono::hours age) {
    const auto oldest = std::filesystem::file_time_type::clock::now() - age;
    std::error_code error;
    for (std::filesystem::directory_iterator i(queue_directory + "/maildrop", error), end; !error && i != end; i.increment(error)) {
        std::error_code failed;
        const bool is_old = i->last_write_time(failed) < oldest && !failed;
        if (is_old && i->path().filename().string().starts_with("tmp.")) {
            std::filesystem::remove(i->path(), failed);
        }
    }
}

std::uint64_t remove_maildrop(const std::string& queue_directory, const std::string& name) {
    const std::filesystem::path folder = queue_directory + "/maildrop";
    std::error_code error;
    if (name != "ALL") {
        return mail::is_maildrop_name(name) && std::filesystem::remove(folder / name, error) ? 1 : 0;
    }
    std::uint64_t count = 0;
    for (std::filesystem::directory_iterator i(folder, error), end; !error && i != end; i.increment(error)) {
        std::error_code failed;
        count += mail::is_maildrop_name(i->path().filename().string()) && std::filesystem::remove(i->path(), failed) ? 1 : 0;
    }
    return count;
}

}  // namespace posthouse::tools
