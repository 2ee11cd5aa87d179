#pragma once
// A descriptor with an owner.
#include <fcntl.h>
#include <unistd.h>

#include <utility>

namespace posthouse::os {

class FileDescriptor {
public:
    FileDescriptor() = default;
    explicit FileDescriptor(int number) : number_(number) {}
    FileDescriptor(FileDescriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
    FileDescriptor& operator=(FileDescriptor&& other) noexcept {
        std::swap(number_, other.number_);
        return *this;
    }
    ~FileDescriptor() { close(); }

    /// Invalid if there is none left.
    [[nodiscard]] static FileDescriptor copy_of(int number) { return FileDescriptor(::fcntl(number, F_DUPFD_CLOEXEC, 0)); }

    [[nodiscard]] bool valid() const { return number_ >= 0; }
    [[nodiscard]] int get() const { return number_; }
    /// Gives up the ownership.
    [[nodiscard]] int release() { return std::exchange(number_, -1); }
    void close() {
        if (number_ >= 0) {
            ::close(std::exchange(number_, -1));
        }
    }

private:
    int number_ = -1;
};

}  // namespace posthouse::os
