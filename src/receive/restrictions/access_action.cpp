#include "receive/restrictions/access_action.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace posthouse::receive {

namespace {

constexpr smtp::EnhancedStatus transient{4, 7, 1};
constexpr smtp::EnhancedStatus permanent{5, 7, 1};

AccessAction refusing(AccessAction::Kind kind, int code, smtp::EnhancedStatus default_status, std::string_view text, std::string_view default_text) {
    const auto [status, words] = smtp::split_status(text);
    return {kind, code, status.value_or(default_status), std::string(words.empty() ? default_text : words)};
}

bool is_digits(std::string_view text) { return !text.empty() && std::all_of(text.begin(), text.end(), base::is_digit); }

}  // namespace

AccessAction parse_access_action(std::string_view value, int reject_code, int defer_code) {
    using Kind = AccessAction::Kind;
    value = base::trim(value);
    const std::size_t end = std::min(value.find_first_of(" \t"), value.size());
    const std::string word = base::upper(value.substr(0, end));
    const std::string_view text = base::trim_left(value.substr(end));
    if (is_digits(value) || word == "OK" || word == "RELAY") {
        return {.kind = Kind::ok, .text = std::string(value.substr(0, end))};
    }
    if (word == "DUNNO") {
        return {.kind = Kind::dunno};
    }
    if (word == "REJECT") {
        return refusing(Kind::reject, reject_code, permanent, text, "Access denied");
    }
    if (word == "DEFER") {
        return refusing(Kind::reject, defer_code, transient, text, "Access denied");
    }
    if (word == "DEFER_IF_PERMIT" || word == "DEFER_IF_REJECT") {
        return refusing(word == "DEFER_IF_PERMIT" ? Kind::defer_if_permit : Kind::defer_if_reject, defer_code, transient, text, "Service unavailable");
    }
    static constexpr std::pair<std::string_view, Kind> others[] = {
        {"WARN", Kind::warn},          {"INFO", Kind::info},           {"HOLD", Kind::hold},
        {"DISCARD", Kind::discard},    {"FILTER", Kind::filter},  {"PREPEND", Kind::prepend},
        {"REDIRECT", Kind::redirect},  {"BCC", Kind::bcc},
    };
    for (const auto& [name, kind] : others) {
        if (word == name) {
            return {.kind = kind, .text = std::string(text)};
        }
    }
    if (word.size() == 3 && is_digits(word) && (word[0] == '4' || word[0] == '5')) {
        const int code = static_cast<int>(*base::parse_number(word));
        const Kind kind = code == 421 || code == 521 ? Kind::disconnect : Kind::reject;
        return refusing(kind, code, code < 500 ? transient : permanent, text, "Access denied");
    }
    return {.kind = Kind::restrictions, .text = std::string(value)};
}

smtp::EnhancedStatus fitting_status(smtp::EnhancedStatus status, StatusSubject subject) {
    if (status.subject != 1) {
        return status;
    }
    switch (subject) {
        case StatusSubject::other: return {status.status_class, 0, 0};
        case StatusSubject::sender:
            switch (status.detail) {
                case 2: status.detail = 8; break;  // bad system
                case 3: status.detail = 7; break;  // bad syntax
                case 1:
                case 4:
                case 5:
                case 6: status.detail = 0; break;
                default: break;
            }
            break;
        case StatusSubject::recipient:
            switch (status.detail) {
                case 7: status.detail = 3; break;
                case 8: status.detail = 2; break;
                default: break;
            }
            break;
    }
    return status;
}

}  // namespace posthouse::receive
