#include "smtp/extensions.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "base/text.hpp"

namespace posthouse::smtp {
namespace {

constexpr std::array<std::pair<std::string_view, EhloKeyword>, 15> keyword_names{{
    {"pipelining", EhloKeyword::pipelining},
    {"size", EhloKeyword::size},
    {"vrfy", EhloKeyword::vrfy},
    {"etrn", EhloKeyword::etrn},
    {"starttls", EhloKeyword::starttls},
    {"auth", EhloKeyword::auth},
    {"enhancedstatuscodes", EhloKeyword::enhancedstatuscodes},
    {"8bitmime", EhloKeyword::eightbitmime},
    {"dsn", EhloKeyword::dsn},
    {"smtputf8", EhloKeyword::smtputf8},
    {"chunking", EhloKeyword::chunking},
    {"xclient", EhloKeyword::xclient},
    {"xforward", EhloKeyword::xforward},
    {"xverp", EhloKeyword::xverp},
    {"silent-discard", EhloKeyword::silent_discard},
}};

std::optional<EhloKeyword> find_keyword(std::string_view word) {
    for (const auto& [name, keyword] : keyword_names) {
        if (base::iequals(word, name)) {
            return keyword;
        }
    }
    return std::nullopt;
}

void add_words(std::vector<std::string>& out, const std::vector<std::string_view>& words) {
    for (std::size_t i = 1; i < words.size(); ++i) {
        auto word = base::upper(words[i]);
        if (std::find(out.begin(), out.end(), word) == out.end()) {
            out.push_back(std::move(word));
        }
    }
}

void offer(Extensions& out, EhloKeyword keyword, const std::vector<std::string_view>& words) {
    switch (keyword) {
        case EhloKeyword::pipelining:
            out.pipelining = true;
            break;
        case EhloKeyword::size:
            out.size = true;
            out.size_limit = words.size() > 1 ? base::parse_number(words[1]).value_or(0) : 0;
            break;
        case EhloKeyword::starttls:
            out.starttls = true;
            break;
        case EhloKeyword::auth:
            out.auth = true;
            add_words(out.auth_mechanisms, words);
            break;
        case EhloKeyword::enhancedstatuscodes:
            out.enhancedstatuscodes = true;
            break;
        case EhloKeyword::eightbitmime:
            out.eightbitmime = true;
            break;
        case EhloKeyword::dsn:
            out.dsn = true;
            break;
        case EhloKeyword::smtputf8:
            out.smtputf8 = true;
            break;
        case EhloKeyword::chunking:
            out.chunking = true;
            break;
        case EhloKeyword::xclient:
            add_words(out.xclient, words);
            break;
        case EhloKeyword::xforward:
            add_words(out.xforward, words);
            break;
        case EhloKeyword::vrfy:
        case EhloKeyword::etrn:
        case EhloKeyword::xverp:
        case EhloKeyword::silent_discard:
            break;
    }
}

}  // namespace

std::expected<EhloKeywords, std::string> parse_ehlo_keywords(std::string_view text) {
    EhloKeywords keywords;
    for (const auto word : base::split_words(text, ", \t\r\n")) {
        const auto keyword = find_keyword(word);
        if (!keyword) {
            return std::unexpected(std::string(word));
        }
        keywords.add(*keyword);
    }
    return keywords;
}

std::string ehlo_keywords_text(EhloKeywords keywords) {
    std::string out;
    for (const auto& [name, keyword] : keyword_names) {
        if (keywords.has(keyword)) {
            out += (out.empty() ? "" : " ") + base::upper(name);
        }
    }
    return out;
}

Extensions parse_extensions(const RemoteReply& reply, EhloKeywords discard) {
    Extensions out;
    for (std::size_t i = 1; i < reply.raw_lines.size(); ++i) {
        // The form "AUTH=LOGIN PLAIN" predates RFC 4954; servers that send it exist.
        std::string line(reply.line_text(i));
        if (base::istarts_with(line, "AUTH=")) {
            line[4] = ' ';
        }
        const auto words = base::split_words(line);
        const auto keyword = words.empty() ? std::nullopt : find_keyword(words[0]);
        if (keyword && !discard.has(*keyword)) {
            offer(out, *keyword, words);
        }
    }
    return out;
}

}  // namespace posthouse::smtp
