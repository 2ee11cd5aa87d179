#pragma once
// Channel: one end of a conversation between two processes of ours; each message is a short text and at most a few open files.
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "os/file_descriptor.hpp"
#include "world/deadline.hpp"

namespace posthouse::os {

class Channel {
public:
    static constexpr std::size_t text_max = 64U * 1024;
    static constexpr std::size_t descriptors_max = 4;

    struct Message {
        std::string text;
        std::vector<FileDescriptor> descriptors;  // closed when a program is run
    };

    [[nodiscard]] static base::Result<std::pair<Channel, Channel>> make();
    Channel() = default;
    /// An end that was inherited.
    explicit Channel(FileDescriptor end) : end_(std::move(end)) {}

    /// Whole or not at all; never waits: an error if the other side has not read for long. Receivers get copies of the files.
    base::Result<void> send(std::string_view text, std::span<const int> descriptors = {}) const;
    /// ErrorKind::closed: the other side is gone; timeout; invalid: longer than text_max. Blocks until `deadline`.
    [[nodiscard]] base::Result<Message> receive(world::Deadline deadline) const;

    [[nodiscard]] bool valid() const { return end_.valid(); }
    [[nodiscard]] int descriptor() const { return end_.get(); }
    void close() { end_.close(); }
    /// Gives up the ownership.
    [[nodiscard]] int release() { return end_.release(); }

private:
    FileDescriptor end_;
};

}  // namespace posthouse::os
