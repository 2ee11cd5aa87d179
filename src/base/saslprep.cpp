#include "base/saslprep.hpp"

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <vector>

#include <unictype.h>
#include <uninorm.h>
#include <unistr.h>

#include "base/case_fold.hpp"

namespace posthouse::base {

namespace {

struct Range {
    ucs4_t first, last;
};

// RFC 3454 appendix C.1.2 and B.1.
constexpr Range blanks[] = {{0xa0, 0xa0}, {0x1680, 0x1680}, {0x2000, 0x200b}, {0x202f, 0x202f}, {0x205f, 0x205f}, {0x3000, 0x3000}};
constexpr Range invisible[] = {{0xad, 0xad}, {0x34f, 0x34f}, {0x1806, 0x1806}, {0x180b, 0x180d}, {0x200c, 0x200d}, {0x2060, 0x2060}, {0xfe00, 0xfe0f}, {0xfeff, 0xfeff}};
// C.2 to C.9.
constexpr Range forbidden[] = {{0x0, 0x1f},         {0x7f, 0x9f},         {0x340, 0x341},       {0x6dd, 0x6dd},       {0x70f, 0x70f},         {0x180e, 0x180e},
                               {0x200e, 0x200f},    {0x2028, 0x202e},     {0x2060, 0x2063},     {0x206a, 0x206f},     {0x2ff0, 0x2ffb},       {0xd800, 0xf8ff},
                               {0xfdd0, 0xfdef},    {0xfff9, 0xffff},     {0x1d173, 0x1d17a},   {0xe0001, 0xe0001},   {0xe0020, 0xe007f},     {0xf0000, 0xfffff},
                               {0x100000, 0x10ffff}};

template <std::size_t N>
bool is_in(const Range (&ranges)[N], ucs4_t character) {
    return std::any_of(std::begin(ranges), std::end(ranges), [character](const Range& range) { return character >= range.first && character <= range.last; });
}

bool is_forbidden(ucs4_t character) { return is_in(blanks, character) || is_in(forbidden, character) || (character & 0xfffe) == 0xfffe; }

bool runs_to_the_left(ucs4_t character) {
    const int kind = uc_bidi_class(character);
    return kind == UC_BIDI_R || kind == UC_BIDI_AL;
}

// RFC 3454 section 6.
bool has_one_direction(const std::vector<ucs4_t>& text) {
    if (std::none_of(text.begin(), text.end(), runs_to_the_left)) {
        return true;
    }
    const bool mixed = std::any_of(text.begin(), text.end(), [](ucs4_t character) { return uc_bidi_class(character) == UC_BIDI_L; });
    return !mixed && runs_to_the_left(text.front()) && runs_to_the_left(text.back());
}

template <class Unit>
using Made = std::unique_ptr<Unit, decltype(&std::free)>;

}  // namespace

std::optional<std::string> saslprep(std::string_view text) {
    if (is_all_ascii(text)) {
        const bool clean = std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c != 0x7f; });
        return clean ? std::optional(std::string(text)) : std::nullopt;
    }
    std::size_t size = 0;
    const Made<ucs4_t> wide(is_utf8(text) ? u8_to_u32(reinterpret_cast<const std::uint8_t*>(text.data()), text.size(), nullptr, &size) : nullptr, &std::free);
    if (!wide) {
        return std::nullopt;
    }
    std::vector<ucs4_t> mapped;
    for (std::size_t i = 0; i < size; ++i) {
        if (is_in(blanks, wide.get()[i])) {
            mapped.push_back(' ');
        } else if (!is_in(invisible, wide.get()[i])) {
            mapped.push_back(wide.get()[i]);
        }
    }
    const Made<ucs4_t> normal(u32_normalize(UNINORM_NFKC, mapped.data(), mapped.size(), nullptr, &size), &std::free);
    if (!normal) {
        return mapped.empty() ? std::optional<std::string>("") : std::nullopt;
    }
    const std::vector<ucs4_t> characters(normal.get(), normal.get() + size);
    if (std::any_of(characters.begin(), characters.end(), is_forbidden) || !has_one_direction(characters)) {
        return std::nullopt;
    }
    const Made<std::uint8_t> bytes(u32_to_u8(characters.data(), characters.size(), nullptr, &size), &std::free);
    return bytes ? std::optional(std::string(reinterpret_cast<const char*>(bytes.get()), size)) : std::nullopt;
}

}  // namespace posthouse::base
