#pragma once
// Result<T>: how a function says that the world failed it. Answers of the mail world (a 450, "no such user") are values
// of their own types, never an Error; a bug of ours is PH_ASSERT.
#include <expected>
#include <string>
#include <string_view>
#include <utility>

namespace posthouse::base {

enum class ErrorKind {
    timeout,      // the deadline passed
    closed,       // the peer ended the stream in an orderly way
    reset,        // the connection broke
    refused,      // nothing listens there
    unreachable,  // no route, no address family
    not_found,    // a file, a name
    permission,
    no_space,     // disk full, quota
    invalid,      // malformed input from a file or an operator
    limit,        // a bound of ours was reached
    unavailable,  // a service that should answer does not
    tls,          // handshake or certificate
    io,           // any other failure of the operating system
};

struct Error {
    ErrorKind kind = ErrorKind::io;
    std::string text;  // for the log; complete in itself, without a trailing full stop

    /// Whether the same call may succeed later without anybody changing anything.
    [[nodiscard]] bool retry_may_help() const {
        return kind != ErrorKind::invalid && kind != ErrorKind::not_found && kind != ErrorKind::permission;
    }
};

template <class T = void>
using Result = std::expected<T, Error>;

[[nodiscard]] inline std::unexpected<Error> fail(ErrorKind kind, std::string text) {
    return std::unexpected(Error{kind, std::move(text)});
}

/// The same error with what was being done put in front: "open /etc/x: Permission denied".
[[nodiscard]] inline std::unexpected<Error> fail(Error error, std::string_view doing) {
    error.text.insert(0, std::string(doing) + ": ");
    return std::unexpected(std::move(error));
}

}  // namespace posthouse::base
