#pragma once
// The right-hand side of an access table, access(5). Pure.
#include <string>
#include <string_view>

#include "smtp/enhanced_status.hpp"

namespace posthouse::receive {

struct AccessAction {
    enum class Kind : std::uint8_t {
        ok,     // OK, RELAY, digits
        dunno,
        reject,  // with `code`: REJECT, DEFER, "4yz text", "5yz text"
        disconnect,  // 421 and 521: as reject, then the connection is closed
        defer_if_permit,
        defer_if_reject,
        warn,
        info,
        hold,
        discard,
        filter,
        redirect,
        bcc,
        prepend,
        restrictions,  // `text` is a list of restrictions
    } kind = Kind::dunno;
    int code = 0;                 // of the refusing kinds
    smtp::EnhancedStatus status;  // of the refusing kinds, the default if the table gives none
    std::string text;             // of the refusing kinds with the default filled in, else as given
};

/// `reject_code`, `defer_code`: access_map_reject_code and access_map_defer_code.
[[nodiscard]] AccessAction parse_access_action(std::string_view value, int reject_code, int defer_code);

enum class StatusSubject : std::uint8_t { sender, recipient, other };
/// One table serves senders, recipients and clients, so a status about an address (x.1.y) is turned into the one that fits
/// what was looked up: "Enhanced status codes" in access(5).
[[nodiscard]] smtp::EnhancedStatus fitting_status(smtp::EnhancedStatus status, StatusSubject subject);

}  // namespace posthouse::receive
