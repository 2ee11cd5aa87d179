#pragma once
// Mailbox addresses as text. The internal form is unquoted ("x y@example.net"), what tables and logs use; the external
// form is quoted where RFC 5321 §4.1.2 needs it ("\"x y\"@example.net"), what goes over the wire. The last '@' divides.
#include <string>
#include <string_view>

namespace posthouse::smtp {

/// Everything before the last '@', or all of it. The view lives as long as `address`.
[[nodiscard]] std::string_view local_part(std::string_view address);
/// Everything after the last '@', or "". The view lives as long as `address`.
[[nodiscard]] std::string_view domain(std::string_view address);
[[nodiscard]] bool has_domain(std::string_view address);

/// Internal to external form of a local part alone: quoted unless it is a dot-string. Bytes above 0x7f need no quotes.
[[nodiscard]] std::string quote_local_part(std::string_view local_part);
/// Internal to external form of an address; the null address stays empty. CR, LF and NUL become '?': no address can end
/// the command or header it is put into.
[[nodiscard]] std::string quote_address(std::string_view address);

[[nodiscard]] bool is_ascii(std::string_view address);

}  // namespace posthouse::smtp
