#pragma once
// ControlClient: the tools' side of the control protocol, over a blocking socket.
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "mail/record.hpp"
#include "control/socket_path.hpp"

namespace posthouse::tools {

class ControlClient {
public:
    ControlClient(ControlClient&& other) noexcept;
    ControlClient& operator=(ControlClient&&) = delete;
    ~ControlClient();

    /// ErrorKind::permission: this user may not; any other error: the mail system is down.
    [[nodiscard]] static base::Result<ControlClient> connect(const std::string& queue_directory, control::Door door);

    [[nodiscard]] base::Result<void> send(std::string_view bytes);
    /// The next record; an "error" record becomes an Error with its text.
    [[nodiscard]] base::Result<mail::Record> read();
    /// What follows a "chunk" record.
    [[nodiscard]] base::Result<std::string> read_bytes(std::size_t count);
    /// Sends a request and reads records until "ok", which is returned.
    [[nodiscard]] base::Result<mail::Record> call(const mail::Record& request);

    [[nodiscard]] int descriptor() const { return descriptor_; }
    /// Bytes that were read but not used yet; for who takes the descriptor over.
    [[nodiscard]] const std::string& unread() const { return input_; }

private:
    explicit ControlClient(int descriptor) : descriptor_(descriptor) {}
    [[nodiscard]] base::Result<void> fill();

    int descriptor_;
    std::string input_;
};

/// The kind of an "error" record as an ErrorKind.
[[nodiscard]] base::ErrorKind error_kind(std::string_view text);

}  // namespace posthouse::tools
