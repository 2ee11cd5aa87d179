#include "smtp/path.hpp"

#include <optional>
#include <utility>

#include "base/text.hpp"
#include "smtp/hostname.hpp"

namespace posthouse::smtp {
namespace {

constexpr std::size_t npos = std::string_view::npos;

/// Position after the quoted string that starts at `at`, npos if it does not end.
std::size_t skip_quoted(std::string_view text, std::size_t at) {
    for (++at; at < text.size(); ++at) {
        if (text[at] == '\\') {
            ++at;
        } else if (text[at] == '"') {
            return at + 1;
        }
    }
    return npos;
}

/// Position after the (nested) comment that starts at `at`, npos if it does not end.
std::size_t skip_comment(std::string_view text, std::size_t at) {
    int depth = 0;
    for (; at < text.size(); ++at) {
        if (text[at] == '\\') {
            ++at;
        } else if (text[at] == '(') {
            ++depth;
        } else if (text[at] == ')' && --depth == 0) {
            return at + 1;
        }
    }
    return npos;
}

/// Position after the "<...>" that starts at `at`, npos if it does not end.
std::size_t skip_angle(std::string_view text, std::size_t at) {
    for (++at; at < text.size();) {
        if (text[at] == '>') {
            return at + 1;
        }
        if (text[at] == '<') {
            return npos;
        }
        if (text[at] == '"') {
            at = skip_quoted(text, at);
        } else {
            at += text[at] == '\\' ? 2 : 1;
        }
    }
    return npos;
}

struct Word {
    std::string_view angle;  // inside "<...>"; data() is null if there was none
    std::string_view plain;  // the one run of text outside of it, comments dropped
    bool has_comment = false;
    std::size_t end = 0;
};

/// The first word of the argument. Like smtpd, the word ends at white space outside quotes, comments and "<>"; so a
/// display name with a space in it is no part of a path.
std::optional<Word> take_word(std::string_view text) {
    Word word;
    std::size_t at = 0;
    while (at < text.size() && !base::is_space(text[at])) {
        const std::size_t start = at;
        if (text[at] == '<') {
            at = skip_angle(text, at);
            if (at == npos || word.angle.data() != nullptr) {
                return std::nullopt;
            }
            word.angle = text.substr(start + 1, at - start - 2);
        } else if (text[at] == '(') {
            at = skip_comment(text, at);
            if (at == npos) {
                return std::nullopt;
            }
            word.has_comment = true;
        } else {
            while (at < text.size() && at != npos && !base::is_space(text[at]) && text[at] != '<' && text[at] != '(') {
                if (text[at] == '"') {
                    at = skip_quoted(text, at);
                } else {
                    at += text[at] == '\\' ? 2 : 1;
                }
            }
            if (at > text.size() || !word.plain.empty() || word.angle.data() != nullptr) {
                return std::nullopt;
            }
            word.plain = text.substr(start, at - start);
        }
    }
    word.end = at;
    return word;
}

/// RFC 5321 appendix C: "@a,@b:user@domain" means user@domain.
std::optional<std::string_view> strip_source_route(std::string_view text) {
    if (!text.starts_with('@')) {
        return text;
    }
    const std::size_t colon = text.find(':');
    if (colon == npos || text.substr(0, colon).find_first_of("\"<>() \t") != npos) {
        return std::nullopt;
    }
    return base::trim(text.substr(colon + 1));
}

struct Mailbox {
    std::string address;
    std::size_t at = npos;  // of the last '@' that was not quoted
    bool has_comment = false;
};

/// Removes quotes, escapes and comments. nullopt for what would need quotes and has none.
std::optional<Mailbox> unquote(std::string_view text) {
    Mailbox out;
    for (std::size_t i = 0; i < text.size();) {
        const char c = text[i];
        if (c == '(') {
            i = skip_comment(text, i);
            if (i == npos) {
                return std::nullopt;
            }
            out.has_comment = true;
        } else if (c == '"') {
            const std::size_t end = skip_quoted(text, i);
            if (end == npos) {
                return std::nullopt;
            }
            for (++i; i < end - 1; ++i) {
                i += text[i] == '\\' ? 1U : 0U;
                out.address += text[i];
            }
            i = end;
        } else if (c == '\\') {
            if (i + 1 >= text.size()) {
                return std::nullopt;
            }
            out.address += text[i + 1];
            i += 2;
        } else if (base::is_space(c) || std::string_view("<>,;:)").find(c) != npos) {
            if (c != ':' || out.at == npos || out.address.size() <= out.at + 1 || out.address[out.at + 1] != '[') {
                return std::nullopt;  // a colon belongs only into [IPv6:...]
            }
            out.address += c;
            ++i;
        } else {
            if (c == '@') {
                out.at = out.address.size();
            }
            out.address += c;
            ++i;
        }
    }
    return out;
}

bool is_numeric_domain(std::string_view domain) {
    return base::IpAddress::parse(domain).has_value() && domain.find(':') == npos;
}

/// The mailbox in internal form, nullopt if it is none.
std::optional<std::string> parse_mailbox(std::string_view text, const PathOptions& options) {
    const auto without_route = strip_source_route(text);
    auto mailbox = without_route ? unquote(*without_route) : std::nullopt;
    if (!mailbox || mailbox->address.empty() || (mailbox->has_comment && options.syntax == PathSyntax::strict)) {
        return std::nullopt;
    }
    for (const char c : mailbox->address) {
        if (base::is_control(c)) {
            return std::nullopt;
        }
    }
    if (mailbox->at + 1 == mailbox->address.size()) {
        mailbox->address.pop_back();  // "user@" is a local user
    }
    if (smtp::local_part(mailbox->address).empty()) {
        return std::nullopt;
    }
    const std::string_view domain = smtp::domain(mailbox->address);
    const bool numeric = options.bare_numeric_domain == BareNumericDomain::allowed && is_numeric_domain(domain);
    if (has_domain(mailbox->address) && !numeric && !is_valid_address_domain(domain)) {
        return std::nullopt;
    }
    return std::move(mailbox->address);
}

}  // namespace

std::expected<ParsedPath, PathError> parse_path(std::string_view text, const PathOptions& options) {
    text = base::trim(text);
    if (text.empty()) {
        return std::unexpected(PathError::missing);
    }
    const auto word = take_word(text);
    if (!word) {
        return std::unexpected(PathError::bad_syntax);
    }
    const bool has_angle = word->angle.data() != nullptr;
    if (options.syntax == PathSyntax::strict && (!has_angle || word->has_comment || !word->plain.empty())) {
        return std::unexpected(PathError::bad_syntax);
    }
    const std::string_view inner = has_angle ? base::trim(word->angle) : word->plain;
    const std::string_view rest = base::trim(text.substr(word->end));
    if (has_angle && inner.empty()) {
        if (options.null_path == NullPath::refused) {
            return std::unexpected(PathError::bad_syntax);
        }
        return ParsedPath{{}, rest};
    }
    auto address = parse_mailbox(inner, options);
    if (!address) {
        return std::unexpected(PathError::bad_syntax);
    }
    return ParsedPath{{std::move(*address)}, rest};
}

std::expected<ParsedPath, PathError> parse_path_argument(std::string_view arguments, std::string_view keyword,
                                                         const PathOptions& options) {
    arguments = base::trim(arguments);
    if (!base::istarts_with(arguments, keyword)) {
        return std::unexpected(PathError::missing);
    }
    return parse_path(arguments.substr(keyword.size()), options);
}

}  // namespace posthouse::smtp
