#pragma once
// Replacement: the new content of a file, made beside it by one process at a time, that takes the file's place in one step.
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "os/file_descriptor.hpp"

namespace posthouse::os {

class Replacement {
public:
    /// Waits for whoever replaces the file now: read it after this, not before. `path` need not exist; of a link it is the file it names.
    [[nodiscard]] static base::Result<Replacement> begin(const std::string& path);
    Replacement(Replacement&& other) noexcept;
    Replacement& operator=(Replacement&&) = delete;
    /// Without take_place() nothing changes.
    ~Replacement();

    /// The file that is replaced, links resolved.
    [[nodiscard]] const std::string& path() const { return path_; }
    /// An empty file of mode 0600, to be written where it is; or use write().
    [[nodiscard]] const std::string& temporary() const { return temporary_; }
    [[nodiscard]] base::Result<void> write(std::string_view text);
    /// After a crash at any moment there is the old file or the new one, whole. It gets the mode and, from root, the owner of the
    /// old one; `mode` as it is if there was none.
    [[nodiscard]] base::Result<void> take_place(unsigned mode);

private:
    Replacement(std::string path, std::string temporary, FileDescriptor file) : path_(std::move(path)), temporary_(std::move(temporary)), file_(std::move(file)) {}

    std::string path_;
    std::string temporary_;  // empty once it is there no more
    FileDescriptor file_;    // open and locked
};

}  // namespace posthouse::os
