#pragma once
// SupervisorState: what a supervisor leaves to the program that goes on in its place after an upgrade: open files and a child.
#include <sys/types.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ip_address.hpp"

namespace posthouse::app {

struct SupervisorState {
    struct Socket {
        int descriptor = -1;
        base::Endpoint endpoint;
        friend bool operator==(const Socket&, const Socket&) = default;
    };
    int lock = -1;
    pid_t server = 0;
    int channel = -1;  // to it
    std::vector<Socket> sockets;

    static constexpr const char* variable = "POSTHOUSE_SUPERVISOR_STATE";
    /// "lock 5 server 1234 7 socket 9 127.0.0.1 25 …"
    [[nodiscard]] std::string text() const;
    /// nullopt: that is none.
    [[nodiscard]] static std::optional<SupervisorState> parse(std::string_view text);
    friend bool operator==(const SupervisorState&, const SupervisorState&) = default;
};

}  // namespace posthouse::app
