#pragma once
// WireProtocol: one question and one reply, without I/O. What tcp:, socketmap: and memcache: differ in.
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "tables/table.hpp"

namespace posthouse::tables {

struct WireReply {
    Lookup lookup;
    std::size_t size = 0;  // bytes that it took
};

class WireProtocol {
public:
    virtual ~WireProtocol() = default;
    /// nullopt: this key cannot be asked for, so it is not there.
    [[nodiscard]] virtual std::optional<std::string> question(const std::string& key) const = 0;
    /// The reply that `received` begins with; nullopt: more is needed. An error: what came is no reply, and the connection of no use.
    [[nodiscard]] virtual base::Result<std::optional<WireReply>> reply(std::string_view received) const = 0;
};

}  // namespace posthouse::tables
