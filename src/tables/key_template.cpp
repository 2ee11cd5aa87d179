#include "tables/key_template.hpp"

#include "base/text.hpp"

namespace posthouse::tables {

// An address taken apart at its last "@"; without one the user is all of it.
struct KeyTemplate::Parts {
    explicit Parts(std::string_view text) : whole(text), user(text) {
        if (const std::size_t at = text.rfind('@'); at != std::string_view::npos) {
            user = text.substr(0, at);
            domain = text.substr(at + 1);
            labels = base::split_fields(domain, '.');
        }
    }
    [[nodiscard]] bool has_labels(std::size_t count) const {
        return labels.size() >= count && std::none_of(labels.end() - static_cast<std::ptrdiff_t>(count), labels.end(), [](std::string_view label) { return label.empty(); });
    }
    std::string_view whole;
    std::string_view user;
    std::string_view domain;
    std::vector<std::string_view> labels;
};

base::Result<KeyTemplate> KeyTemplate::parse(std::string text) {
    KeyTemplate parsed;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            continue;
        }
        const char letter = ++i < text.size() ? text[i] : '\0';
        if (letter == '%') {
            continue;
        }
        parsed.asks_for_key_ = true;
        if (letter == 'u') {
            parsed.own_user_ = true;
        } else if (letter == 'd') {
            parsed.own_domain_ = true;
        } else if (letter == 'U') {
            parsed.key_user_ = true;
        } else if (letter == 'D') {
            parsed.key_domain_ = true;
        } else if (letter >= '1' && letter <= '9') {
            parsed.key_domain_ = true;
            parsed.labels_ = std::max(parsed.labels_, static_cast<std::size_t>(letter - '0'));
        } else if (letter != 's' && letter != 'S') {
            return base::fail(base::ErrorKind::invalid, "invalid template \"" + text + "\": after % only s, u, d, S, U, D, 1 to 9 and % mean something");
        }
    }
    parsed.text_ = std::move(text);
    return parsed;
}

std::optional<std::string> KeyTemplate::expand(std::string_view key, const Quote& quote) const {
    const Parts parts(key);
    const bool needs_user = own_user_ || key_user_;
    const bool needs_domain = own_domain_ || key_domain_;
    if (key.empty() || (needs_domain && parts.domain.empty()) || (needs_user && parts.user.empty()) || !parts.has_labels(labels_)) {
        return std::nullopt;
    }
    return fill(parts, parts, quote);
}

std::optional<std::string> KeyTemplate::expand_result(std::string_view value, std::string_view key) const {
    const Parts own(value);
    const Parts of_key(key);
    if (value.empty() || (own_domain_ && own.domain.empty()) || (own_user_ && own.user.empty()) || (key_domain_ && of_key.domain.empty()) ||
        (key_user_ && of_key.user.empty()) || !of_key.has_labels(labels_)) {
        return std::nullopt;
    }
    return fill(own, of_key, {});
}

std::string KeyTemplate::fill(const Parts& own, const Parts& key, const Quote& quote) const {
    std::string out;
    const auto put = [&](std::string_view part) { out += quote ? quote(part) : std::string(part); };
    for (std::size_t i = 0; i < text_.size(); ++i) {
        if (text_[i] != '%') {
            out += text_[i];
            continue;
        }
        switch (const char letter = text_[++i]) {
            case '%':
                out += '%';
                break;
            case 's':
                put(own.whole);
                break;
            case 'u':
                put(own.user);
                break;
            case 'd':
                put(own.domain);
                break;
            case 'S':
                put(key.whole);
                break;
            case 'U':
                put(key.user);
                break;
            case 'D':
                put(key.domain);
                break;
            default:
                put(key.labels[key.labels.size() - static_cast<std::size_t>(letter - '0')]);
        }
    }
    return out;
}

}  // namespace posthouse::tables
