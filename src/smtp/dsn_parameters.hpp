#pragma once
// The parameters of the DSN extension (RFC 3461 §4): NOTIFY, ORCPT, RET, ENVID; their wire and their decoded form.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace posthouse::smtp {

/// A set of flags. Empty means that the client gave no NOTIFY: failures (and delays) are reported.
struct DsnNotify {
    enum Flag : std::uint8_t { never = 1, success = 2, failure = 4, delay = 8 };
    std::uint8_t flags = 0;

    [[nodiscard]] bool is_given() const { return flags != 0; }
    [[nodiscard]] bool has(Flag flag) const { return (flags & flag) != 0; }
    [[nodiscard]] bool wants_success() const { return has(success); }
    [[nodiscard]] bool wants_failure() const { return !is_given() || has(failure); }
    [[nodiscard]] bool wants_delay() const { return !is_given() || has(delay); }
    /// "SUCCESS,FAILURE,DELAY", "NEVER", or "" if not given.
    [[nodiscard]] std::string text() const;
    /// nullopt: unknown word, empty word, or NEVER together with another.
    [[nodiscard]] static std::optional<DsnNotify> parse(std::string_view value);
    friend bool operator==(const DsnNotify&, const DsnNotify&) = default;
};

enum class DsnReturn : std::uint8_t { unspecified, full, headers };
[[nodiscard]] std::optional<DsnReturn> parse_dsn_return(std::string_view value);
/// "FULL", "HDRS" or "".
[[nodiscard]] std::string_view dsn_return_text(DsnReturn value);

/// ENVID, decoded; nullopt if empty, not xtext, or with bytes that do not print.
[[nodiscard]] std::optional<std::string> parse_envelope_id(std::string_view value);

struct OriginalRecipient {
    std::string type;     // "rfc822", "utf-8", …
    std::string address;  // decoded, without control bytes

    /// "rfc822;orig+a@old.example": what the queue stores and Original-Recipient shows.
    [[nodiscard]] std::string text() const { return type + ';' + address; }
    /// The value of ORCPT= for the next server: the address in xtext.
    [[nodiscard]] std::string wire() const;
    /// The value of ORCPT= as received; nullopt without type or address or if not xtext.
    [[nodiscard]] static std::optional<OriginalRecipient> parse(std::string_view value);
    friend bool operator==(const OriginalRecipient&, const OriginalRecipient&) = default;
};

}  // namespace posthouse::smtp
