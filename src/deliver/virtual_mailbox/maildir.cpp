#include "deliver/virtual_mailbox/maildir.hpp"

#include "base/format.hpp"

namespace posthouse::deliver {

std::string maildir_file_name(world::WallTime now, std::string_view queue_id, std::uint64_t random,
                              std::string_view hostname) {
    const auto micros = std::chrono::duration_cast<std::chrono::microseconds>(now.time_since_epoch()).count();
    std::string host;
    for (const char c : hostname) {
        if (c == '/') {
            host += "\\057";
        } else if (c == ':') {
            host += "\\072";
        } else {
            host += c;
        }
    }
    return base::format("{}.M{}Q{}R{:016x}.{}", micros / 1'000'000, micros % 1'000'000, queue_id, random, host);
}

void LineEndConverter::append(std::string_view block, std::string& out) {
    for (const char c : block) {
        if (pending_cr_ && c != '\n') {
            out += '\r';
        }
        pending_cr_ = c == '\r';
        if (!pending_cr_) {
            out += c;
        }
    }
}

void LineEndConverter::finish(std::string& out) {
    if (pending_cr_) {
        out += '\r';
        pending_cr_ = false;
    }
}

base::Result<std::unique_ptr<MaildirFile>> MaildirFile::create(std::shared_ptr<world::Files> files,
                                                               std::string directory, std::string name) {
    std::unique_ptr<MaildirFile> out(new MaildirFile(files, std::move(directory), std::move(name)));
    const std::string path = out->path("tmp");
    auto file = files->create(path, 0600);
    if (!file && file.error().kind == base::ErrorKind::not_found) {
        for (const std::string_view folder : {"tmp", "new", "cur"}) {
            const auto made = files->make_directories(out->directory_ + '/' + std::string(folder), 0700);
            if (!made) {
                return base::fail(made.error(), base::format("create maildir {}", out->directory_));
            }
        }
        file = files->create(path, 0600);
    }
    if (!file) {
        return base::fail(file.error(), base::format("create maildir file {}", path));
    }
    out->file_ = std::move(*file);
    out->in_tmp_ = true;
    return out;
}

MaildirFile::~MaildirFile() {
    if (in_tmp_) {
        file_.reset();
        // Nothing more can be done about a file that cannot be removed: tmp/ is swept by whoever reads the mailbox.
        static_cast<void>(files_->remove(path("tmp")));
    }
}

base::Result<void> MaildirFile::write(std::string_view content) {
    return file_->write(content);
}

base::Result<MaildirFile::InNew> MaildirFile::commit() {
    if (auto synced = file_->sync(); !synced) {
        return std::unexpected(synced.error());
    }
    file_.reset();
    if (auto renamed = files_->rename(path("tmp"), path("new")); !renamed) {
        return std::unexpected(renamed.error());
    }
    in_tmp_ = false;
    InNew out;
    if (auto synced = files_->sync_directory(directory_ + "/new"); !synced) {
        out.why_not_synced = std::move(synced.error().text);
    }
    return out;
}

}  // namespace posthouse::deliver
