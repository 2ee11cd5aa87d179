#include "smtp/dsn_parameters.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "base/text.hpp"
#include "smtp/hostname.hpp"
#include "smtp/xtext.hpp"

namespace posthouse::smtp {
namespace {

constexpr std::array<std::pair<std::string_view, DsnNotify::Flag>, 4> notify_words{{
    {"NEVER", DsnNotify::never},
    {"SUCCESS", DsnNotify::success},
    {"FAILURE", DsnNotify::failure},
    {"DELAY", DsnNotify::delay},
}};

/// Decoded values go into headers of reports: an encoded newline must not get there.
bool is_printable(std::string_view text) {
    return std::none_of(text.begin(), text.end(), base::is_control);
}

std::uint8_t notify_flag(std::string_view word) {
    for (const auto& [name, flag] : notify_words) {
        if (base::iequals(word, name)) {
            return flag;
        }
    }
    return 0;
}

bool is_atom(std::string_view text) {
    return !text.empty() && std::all_of(text.begin(), text.end(),
                                        [](char c) { return base::is_alnum(c) || c == '-' || c == '_' || c == '.'; });
}

}  // namespace

std::string DsnNotify::text() const {
    std::string out;
    for (const auto& [name, flag] : notify_words) {
        if (has(flag)) {
            out += out.empty() ? "" : ",";
            out += name;
        }
    }
    return out;
}

std::optional<DsnNotify> DsnNotify::parse(std::string_view value) {
    DsnNotify notify;
    for (const auto word : base::split_fields(value, ',')) {
        const std::uint8_t flag = notify_flag(word);
        if (flag == 0) {
            return std::nullopt;
        }
        notify.flags = static_cast<std::uint8_t>(notify.flags | flag);
    }
    if (notify.has(never) && notify.flags != never) {
        return std::nullopt;
    }
    return notify;
}

std::optional<DsnReturn> parse_dsn_return(std::string_view value) {
    if (base::iequals(value, "FULL")) {
        return DsnReturn::full;
    }
    if (base::iequals(value, "HDRS")) {
        return DsnReturn::headers;
    }
    return std::nullopt;
}

std::string_view dsn_return_text(DsnReturn value) {
    switch (value) {
        case DsnReturn::unspecified:
            return "";
        case DsnReturn::full:
            return "FULL";
        case DsnReturn::headers:
            return "HDRS";
    }
    return "";
}

std::optional<std::string> parse_envelope_id(std::string_view value) {
    auto decoded = xtext_decode(value);
    if (!decoded || decoded->empty() || !is_printable(*decoded)) {
        return std::nullopt;
    }
    return decoded;
}

std::string OriginalRecipient::wire() const {
    // RFC 6533 §3: with the type utf-8 only ASCII needs xtext; the address itself may be sent as UTF-8.
    if (!base::iequals(type, "utf-8")) {
        return type + ';' + xtext_encode(address);
    }
    std::string out = type + ';';
    for (const char c : address) {
        if (!base::is_ascii(c)) {
            out += c;
        } else if (c == '\\' || c == '+' || c == '=' || c == ' ') {
            constexpr std::string_view digits = "0123456789ABCDEF";
            const auto byte = static_cast<unsigned char>(c);
            out += {'\\', 'x', '{', digits[byte >> 4], digits[byte & 15], '}'};
        } else {
            out += c;
        }
    }
    return out;
}

std::optional<OriginalRecipient> OriginalRecipient::parse(std::string_view value) {
    const auto parts = base::split_once(value, ';');
    if (!parts || !is_atom(parts->first)) {
        return std::nullopt;
    }
    const bool is_utf8 = base::iequals(parts->first, "utf-8");
    auto address = is_utf8 ? utf8_xtext_decode(parts->second) : xtext_decode(parts->second);
    if (!address || address->empty() || !is_printable(*address) || (is_utf8 && !is_valid_utf8(*address))) {
        return std::nullopt;
    }
    return OriginalRecipient{std::string(parts->first), std::move(*address)};
}

}  // namespace posthouse::smtp
