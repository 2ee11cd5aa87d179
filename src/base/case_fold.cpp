#include "base/case_fold.hpp"

#include <algorithm>
#include <cstdlib>
#include <memory>

#include <unicase.h>
#include <unistr.h>

#include "base/text.hpp"

namespace posthouse::base {

namespace {

const std::uint8_t* units(std::string_view text) { return reinterpret_cast<const std::uint8_t*>(text.data()); }

}  // namespace

bool is_all_ascii(std::string_view text) { return std::all_of(text.begin(), text.end(), is_ascii); }

bool is_utf8(std::string_view text) { return is_all_ascii(text) || u8_check(units(text), text.size()) == nullptr; }

std::string fold_case(std::string_view text) {
    if (is_all_ascii(text) || !is_utf8(text)) {
        return lower(text);
    }
    std::size_t size = 0;
    const std::unique_ptr<std::uint8_t, decltype(&std::free)> folded(u8_casefold(units(text), text.size(), nullptr, nullptr, nullptr, &size), &std::free);
    return folded ? std::string(reinterpret_cast<const char*>(folded.get()), size) : lower(text);
}

bool equal_folded(std::string_view a, std::string_view b) {
    return iequals(a, b) || (!(is_all_ascii(a) && is_all_ascii(b)) && fold_case(a) == fold_case(b));
}

}  // namespace posthouse::base
