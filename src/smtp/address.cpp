#include "smtp/address.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace posthouse::smtp {
namespace {

// RFC 5322 §3.2.3 atext, and RFC 6531 §3.3: every non-ASCII character.
bool is_atext(char c) {
    return base::is_alnum(c) || !base::is_ascii(c) ||
           std::string_view("!#$%&'*+-/=?^_`{|}~").find(c) != std::string_view::npos;
}

bool is_dot_string(std::string_view text) {
    if (text.empty() || text.front() == '.' || text.back() == '.' || text.find("..") != std::string_view::npos) {
        return false;
    }
    return std::all_of(text.begin(), text.end(), [](char c) { return c == '.' || is_atext(c); });
}

// No escape keeps these inside a command line. Our parsers refuse them; a table may still yield them.
char one_line(char c) {
    return c == '\r' || c == '\n' || c == '\0' ? '?' : c;
}

}  // namespace

std::string_view local_part(std::string_view address) {
    const std::size_t at = address.rfind('@');
    return address.substr(0, at);
}

std::string_view domain(std::string_view address) {
    const std::size_t at = address.rfind('@');
    return at == std::string_view::npos ? std::string_view() : address.substr(at + 1);
}

bool has_domain(std::string_view address) {
    return address.rfind('@') != std::string_view::npos;
}

std::string quote_local_part(std::string_view local_part) {
    if (is_dot_string(local_part)) {
        return std::string(local_part);
    }
    std::string out = "\"";
    for (const char c : local_part) {
        if (c == '"' || c == '\\') {
            out += '\\';
        }
        out += one_line(c);
    }
    return out + '"';
}

std::string quote_address(std::string_view address) {
    if (address.empty()) {
        return {};
    }
    std::string out = quote_local_part(local_part(address));
    if (has_domain(address)) {
        out += '@';
        for (const char c : domain(address)) {
            out += one_line(c);
        }
    }
    return out;
}

bool is_ascii(std::string_view address) { return std::all_of(address.begin(), address.end(), base::is_ascii); }

}  // namespace posthouse::smtp
