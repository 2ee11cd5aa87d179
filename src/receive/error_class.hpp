#pragma once
// What kind of trouble a reply speaks of, for notify_classes: which kinds the postmaster hears about. Pure.
#include <cstdint>
#include <string>
#include <vector>

#include "smtp/reply.hpp"

namespace posthouse::receive {

enum class ErrorClass : std::uint8_t { none = 0, policy = 1, protocol = 2, resource = 4, software = 8, data = 16 };

class ErrorClasses {
public:
    /// Words of notify_classes; those that concern no SMTP session (bounce, delay) are left out.
    [[nodiscard]] static ErrorClasses parse(const std::vector<std::string>& words);
    void add(ErrorClass one) { bits_ |= static_cast<std::uint8_t>(one); }
    [[nodiscard]] bool shares(ErrorClasses other) const { return (bits_ & other.bits_) != 0; }
    [[nodiscard]] bool empty() const { return bits_ == 0; }

private:
    std::uint8_t bits_ = 0;
};

/// By code and enhanced status code, which say it (RFC 3463): x.3.5 is our configuration, other x.3.z our resources, x.5.z
/// the protocol, everything else negative a matter of policy.
[[nodiscard]] ErrorClass error_class_of(const smtp::Reply& reply);

}  // namespace posthouse::receive
