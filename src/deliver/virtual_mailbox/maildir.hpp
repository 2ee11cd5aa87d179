#pragma once
// Writing one message into one Maildir. Calls block: run them in the pool. Nothing appears in new/ before its content is on
// stable storage; what was begun and not committed is removed.
#include <memory>
#include <string>

#include "world/files.hpp"

namespace posthouse::deliver {

/// A name no other delivery uses: time, what is unique about this one, host. '/' and ':' of the host are escaped, as
/// the Maildir convention wants.
[[nodiscard]] std::string maildir_file_name(world::WallTime now, std::string_view queue_id, std::uint64_t random,
                                            std::string_view hostname);

/// CRLF to LF over blocks cut anywhere; a CR alone stays.
class LineEndConverter {
public:
    void append(std::string_view block, std::string& out);
    void finish(std::string& out);

private:
    bool pending_cr_ = false;
};

class MaildirFile {
public:
    /// `directory` without a final '/'. It and its tmp, new and cur are made if missing.
    [[nodiscard]] static base::Result<std::unique_ptr<MaildirFile>> create(std::shared_ptr<world::Files> files,
                                                                           std::string directory, std::string name);
    ~MaildirFile();
    MaildirFile(const MaildirFile&) = delete;
    MaildirFile& operator=(const MaildirFile&) = delete;

    [[nodiscard]] base::Result<void> write(std::string_view content);
    struct InNew {
        std::string why_not_synced;  // empty: the name is durable, too
    };
    /// In new/ when it succeeds: its reader may have seen it, so it is delivered even if the folder cannot be synced, as on
    /// file systems that know no such call.
    [[nodiscard]] base::Result<InNew> commit();

private:
    MaildirFile(std::shared_ptr<world::Files> files, std::string directory, std::string name)
        : files_(std::move(files)), directory_(std::move(directory)), name_(std::move(name)) {}
    [[nodiscard]] std::string path(std::string_view folder) const {
        return directory_ + '/' + std::string(folder) + '/' + name_;
    }

    std::shared_ptr<world::Files> files_;  // with the rights of the mailbox's user
    std::string directory_, name_;
    std::unique_ptr<world::WritableFile> file_;
    bool in_tmp_ = false;
};

}  // namespace posthouse::deliver
