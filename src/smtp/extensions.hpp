#pragma once
// Service extensions (RFC 5321 §2.2): what a remote server offers, and which ones an administrator hides or ignores.
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "smtp/reply_parser.hpp"

namespace posthouse::smtp {

/// Keywords of smtpd_discard_ehlo_keywords, smtp_discard_ehlo_keywords and their maps.
enum class EhloKeyword : std::uint16_t {
    pipelining = 1 << 0,
    size = 1 << 1,
    vrfy = 1 << 2,
    etrn = 1 << 3,
    starttls = 1 << 4,
    auth = 1 << 5,
    enhancedstatuscodes = 1 << 6,
    eightbitmime = 1 << 7,
    dsn = 1 << 8,
    smtputf8 = 1 << 9,
    chunking = 1 << 10,
    xclient = 1 << 11,
    xforward = 1 << 12,
    silent_discard = 1 << 13,
    xverp = 1 << 14,
};

struct EhloKeywords {
    std::uint16_t bits = 0;
    [[nodiscard]] bool has(EhloKeyword keyword) const { return (bits & static_cast<std::uint16_t>(keyword)) != 0; }
    void add(EhloKeyword keyword) { bits = static_cast<std::uint16_t>(bits | static_cast<std::uint16_t>(keyword)); }
    friend bool operator==(const EhloKeywords&, const EhloKeywords&) = default;
};

/// Words in any case between commas and white space; the error is the first unknown word.
[[nodiscard]] std::expected<EhloKeywords, std::string> parse_ehlo_keywords(std::string_view text);

/// "CHUNKING DSN", for the log.
[[nodiscard]] std::string ehlo_keywords_text(EhloKeywords keywords);

/// What the server said to EHLO, LHLO or (nothing at all) HELO.
struct Extensions {
    bool pipelining = false;
    bool size = false;
    std::uint64_t size_limit = 0;  // 0: none given
    bool dsn = false;
    bool eightbitmime = false;
    bool smtputf8 = false;
    bool chunking = false;
    bool starttls = false;
    bool enhancedstatuscodes = false;
    bool auth = false;
    std::vector<std::string> auth_mechanisms;  // upper case, without repetitions
    std::vector<std::string> xforward;         // attribute names, upper case
    std::vector<std::string> xclient;
    friend bool operator==(const Extensions&, const Extensions&) = default;
};

/// Reads a positive reply to EHLO; its first line is the greeting. `discard` hides extensions as
/// smtp_discard_ehlo_keywords.
[[nodiscard]] Extensions parse_extensions(const RemoteReply& reply, EhloKeywords discard = {});

}  // namespace posthouse::smtp
