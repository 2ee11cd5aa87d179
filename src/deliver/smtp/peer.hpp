#pragma once
// The server at the other end, as log lines and bounces name it.
#include <string>

#include "base/ip_address.hpp"

namespace posthouse::deliver {

struct Peer {
    std::string name;
    base::Endpoint endpoint;

    /// "mx.example.net[127.0.0.1]".
    [[nodiscard]] std::string label() const { return name + '[' + endpoint.address.text() + ']'; }
    /// "mx.example.net[127.0.0.1]:25", the log's relay=.
    [[nodiscard]] std::string relay() const { return label() + ':' + std::to_string(endpoint.port); }
};

}  // namespace posthouse::deliver
