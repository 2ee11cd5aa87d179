#include "tools/maildrop.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <optional>

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

base::Result<void> write_and_sync(int file, const std::string& path, std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t count = write(file, bytes.data(), bytes.size());
        if (count < 0 && errno != EINTR) {
            return system_error("write", path);
        }
        bytes.remove_prefix(count > 0 ? static_cast<std::size_t>(count) : 0);
    }
    if (fsync(file) != 0) {
        return system_error("sync", path);
    }
    return {};
}

// Never over another message: its name may be in use if the clock was set back.
int rename_to_new(const std::string& from, const std::string& to) {
    const int done = renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE);
    return done != 0 && (errno == EINVAL || errno == ENOSYS) ? rename(from.c_str(), to.c_str()) : done;  // an old file system
}

// A user who may write into the folder may not be allowed to open it (mode 0730): then the whole file system is synced.
base::Result<void> sync_folder(const std::string& folder, int file) {
    const Descriptor directory(open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if ((directory.get() >= 0 ? fsync(directory.get()) : syncfs(file)) != 0) {
        return system_error("sync", folder);
    }
    return {};
}

// A file as write_maildrop makes it. Whoever may put something else there must not have this read what he cannot, or wait.
std::optional<std::string> read_file(const std::string& path, struct stat& info) {
    const Descriptor file(open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
    if (file.get() < 0 || fstat(file.get(), &info) != 0 || !S_ISREG(info.st_mode) || info.st_nlink != 1) {
        return std::nullopt;
    }
    std::string text;
    char block[64 * 1024];
    ssize_t count = 0;
    while ((count = read(file.get(), block, sizeof block)) > 0) {
        text.append(block, static_cast<std::size_t>(count));
    }
    return count == 0 ? std::optional(std::move(text)) : std::nullopt;
}

std::string unique_name() {
    timeval now{};
    gettimeofday(&now, nullptr);
    const auto microseconds = static_cast<std::uint64_t>(now.tv_sec) * 1'000'000 + static_cast<std::uint64_t>(now.tv_usec);
    return base::format("{:013X}{:06X}", microseconds, static_cast<unsigned>(getpid()));
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

}  // namespace

base::Result<void> write_maildrop(const std::string& queue_directory, const mail::Submission& submission, std::string_view content) {
    const std::string folder = queue_directory + "/maildrop";
    mkdir(queue_directory.c_str(), 0755);  // before the first start there is none; if that fails, so does what follows
    if (mkdir(folder.c_str(), 0730) == 0) {
        chmod(folder.c_str(), 0730);
    }
    const std::string temporary = folder + "/tmp." + unique_name();
    // Readable by nobody else: mail is private. The server reads it as the owner of the queue, or as root.
    const Descriptor file(open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    if (file.get() < 0) {
        return system_error("create", temporary);
    }
    auto written = write_and_sync(file.get(), temporary, mail::encode_maildrop(submission, content));
    if (written) {
        int renamed = 0;
        do {
            renamed = rename_to_new(temporary, folder + "/" + unique_name());
        } while (renamed != 0 && errno == EEXIST);
        written = renamed == 0 ? base::Result<void>{} : system_error("rename", temporary);
    }
    if (!written) {
        unlink(temporary.c_str());
        return written;
    }
    return sync_folder(folder, file.get());
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
        struct stat info {};
        const auto text = read_file(path, info);
        if (!text) {
            continue;
        }
        const auto view = mail::decode_maildrop(*text);
        if (!view) {
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

base::Result<std::uint64_t> remove_maildrop_and(const std::string& queue_directory, const std::string& name, const std::function<base::Result<std::uint64_t>()>& others) {
    const std::uint64_t removed = remove_maildrop(queue_directory, name);
    const auto rest = others();
    if (removed > 0 && name != "ALL") {
        return removed;
    }
    return rest ? base::Result<std::uint64_t>(removed + *rest) : rest;
}

}  // namespace posthouse::tools
