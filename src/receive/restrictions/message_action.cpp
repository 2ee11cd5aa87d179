#include "receive/restrictions/message_action.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace posthouse::receive {

namespace {

using Kind = AccessAction::Kind;

// One field, in one piece: a line end in it could end the header.
bool is_header_field(std::string_view text) {
    const std::size_t colon = text.find(':');
    if (colon == std::string_view::npos || colon == 0) {
        return false;
    }
    const std::string_view name = text.substr(0, colon);
    return std::all_of(name.begin(), name.end(), [](char c) { return c > ' ' && c < 0x7f; }) &&
           std::none_of(text.begin(), text.end(), [](char c) { return c != '\t' && base::is_control(c); });
}

}  // namespace

std::string_view message_action_word(Kind kind) {
    static constexpr std::pair<Kind, std::string_view> words[] = {
        {Kind::filter, "FILTER"}, {Kind::redirect, "REDIRECT"}, {Kind::bcc, "BCC"}, {Kind::prepend, "PREPEND"}};
    const auto found = std::find_if(std::begin(words), std::end(words), [&](const auto& entry) { return entry.first == kind; });
    return found == std::end(words) ? "" : found->second;
}

std::string_view message_action_problem(const AccessAction& action, Stage stage) {
    if (action.kind == Kind::filter) {
        return action.text.find(':') == std::string::npos ? "need transport:nexthop" : "";
    }
    if (action.kind == Kind::redirect || action.kind == Kind::bcc) {
        return action.text.find('@') == std::string::npos ? "need user@domain" : "";
    }
    if (!is_header_field(action.text)) {
        return "need a header field";
    }
    return stage == Stage::end_of_data ? "too late to add a header field" : "";
}

void apply_message_action(const AccessAction& action, MessageChanges& changes) {
    if (action.kind == Kind::filter) {
        changes.filter = action.text;
    } else if (action.kind == Kind::redirect) {
        changes.redirect = action.text;
    } else if (action.kind == Kind::bcc) {
        changes.bcc.push_back(action.text);
    } else if (action.kind == Kind::prepend) {
        changes.prepend.push_back(action.text);
    }
}

}  // namespace posthouse::receive
