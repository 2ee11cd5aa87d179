#pragma once
// The table of every parameter name: Postfix's (3.7 as Debian builds it, and the names other releases know) and our own.
// The rows are in parameters.def; the table is what check(), postconf and the manual are made from.
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace posthouse::config {

enum class Type : std::uint8_t {
    text,
    raw,           // macros in it are for a later stage (a reply template, a delivery command): main.cf does not expand them
    boolean,       // yes or no
    integer,
    time,          // a number and s, m, h, d or w
    size,          // bytes
    list,          // words
    restrictions,  // an access restriction list
    tables,        // lookup tables, type:name
    path,
    service,       // name of a transport or internal service
};

/// The unit of a time without a letter.
enum class Unit : std::uint8_t { none, s, m, h, d, w };

enum class Status : std::uint8_t {
    supported,
    no_effect,        // accepted; one process has nothing to apply it to, the sentence says why
    not_yet,          // known; what it asks for does not happen
    refuse_not_yet,   // not_yet, and ignoring it would weaken access, TLS, authentication or relay control
};

enum class Origin : std::uint8_t {
    postfix,  // listed by postconf -d
    other,    // known in other Postfix releases, or a fallback name: no default
    own,      // Posthouse's
};

struct Parameter {
    std::string_view name;
    Type type = Type::text;
    std::string_view default_text;  // unexpanded
    Unit unit = Unit::none;
    Status status = Status::supported;
    Origin origin = Origin::postfix;
    std::string_view sentence;  // what it does, or for no_effect why nothing
};

/// Every row, in the order of parameters.def.
[[nodiscard]] std::span<const Parameter> all_parameters();

/// nullptr if the table has no such name. Names are case sensitive, as in Postfix.
[[nodiscard]] const Parameter* find_parameter(std::string_view name);

/// The known name with the smallest edit distance, nullptr if none is near enough to be a likely slip of the finger.
[[nodiscard]] const Parameter* nearest_parameter(std::string_view name);

}  // namespace posthouse::config
