#pragma once
// Text in ASCII: what SMTP, main.cf and the log need. No locale is ever consulted.
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace posthouse::base {

[[nodiscard]] constexpr bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
[[nodiscard]] constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }
[[nodiscard]] constexpr bool is_alpha(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
[[nodiscard]] constexpr bool is_alnum(char c) { return is_digit(c) || is_alpha(c); }
[[nodiscard]] constexpr bool is_ascii(char c) { return static_cast<unsigned char>(c) < 0x80; }
[[nodiscard]] constexpr bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }
[[nodiscard]] constexpr char to_lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }
[[nodiscard]] constexpr char to_upper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; }

[[nodiscard]] std::string lower(std::string_view text);
[[nodiscard]] std::string upper(std::string_view text);
/// Equality without regard to ASCII case.
[[nodiscard]] bool iequals(std::string_view a, std::string_view b);
[[nodiscard]] bool istarts_with(std::string_view text, std::string_view prefix);
[[nodiscard]] std::string_view trim(std::string_view text);
[[nodiscard]] std::string_view trim_left(std::string_view text);
[[nodiscard]] std::string_view trim_right(std::string_view text);
/// Non-empty words between any of `separators`. The views live as long as `text`.
[[nodiscard]] std::vector<std::string_view> split_words(std::string_view text, std::string_view separators = " \t\r\n");
/// Like split_words, but "{ … }" groups (nested) stay one word, braces included, as in Postfix's lists.
[[nodiscard]] std::vector<std::string_view> split_braced(std::string_view text, std::string_view separators = ", \t\r\n");
/// Every field between `separator`, empty ones too.
[[nodiscard]] std::vector<std::string_view> split_fields(std::string_view text, char separator);
/// First occurrence of `separator`: text before and after; nullopt if there is none.
[[nodiscard]] std::optional<std::pair<std::string_view, std::string_view>> split_once(std::string_view text, char separator);
/// Appends all `parts`; for texts that are put together for each message, where a format string would cost more than the text.
void append_all(std::string& out, std::initializer_list<std::string_view> parts);
/// Appends `number` in decimal, with zeros in front up to `width` digits.
void append_number(std::string& out, std::uint64_t number, std::size_t width = 1);
/// The whole text as a decimal number, without sign, space or overflow.
[[nodiscard]] std::optional<std::uint64_t> parse_number(std::string_view text);
/// Control characters and bytes that are no UTF-8 become '?', as in Postfix's printable(); `replace`: all that is not ASCII, each byte one.
enum class NonAscii { replace, keep };
[[nodiscard]] std::string printable(std::string_view text, NonAscii non_ascii = NonAscii::keep);

/// `text`, or as much of it as fits into `size_max` bytes without a part of a UTF-8 character at the end.
[[nodiscard]] std::string_view cut(std::string_view text, std::size_t size_max);

/// C-like escapes: \a \b \f \n \r \t \v, \ddd (one to three octal digits), and \x for any other character x itself.
[[nodiscard]] std::string unescape(std::string_view text);
/// The other way, three digits each: what is no printable ASCII, and the backslash.
[[nodiscard]] std::string escape(std::string_view text);

[[nodiscard]] std::string base64_encode(std::string_view bytes);
/// Strict RFC 4648 §4: padding required, no white space; nullopt if malformed.
[[nodiscard]] std::optional<std::string> base64_decode(std::string_view text);

}  // namespace posthouse::base
