#pragma once
// Where the control sockets are. Their permissions decide who may do what.
#include <cstdint>
#include <string>

namespace posthouse::control {

enum class Door : std::uint8_t {
    everyone,       // submit, list, flush, status, log: what Postfix lets every local user do (set-gid postdrop)
    administrator,  // all of that, and delete, hold, release, cat, reload, stop
};

/// "$queue_directory/public/posthouse" or "…/private/posthouse". sun_path holds 107 bytes: if that is too short, a name in
/// /tmp made from a hash of the queue directory, the same for server and tools.
[[nodiscard]] std::string socket_path(const std::string& queue_directory, Door door);

/// Mode for the socket file: 0666 and 0600.
[[nodiscard]] unsigned socket_mode(Door door);

}  // namespace posthouse::control
