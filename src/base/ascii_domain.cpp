#include "base/ascii_domain.hpp"

#include <idn2.h>

#include <algorithm>
#include <memory>

namespace posthouse::base {

namespace {

constexpr std::size_t label_size_max = 63;
constexpr std::size_t name_size_max = 253;

bool has_lengths_of_dns(std::string_view name) {
    if (name.ends_with('.')) {
        name.remove_suffix(1);
    }
    std::size_t label_size = 0;
    for (const char c : name) {
        if (c != '.') {
            ++label_size;
        } else if (label_size == 0 || label_size > label_size_max) {
            return false;
        } else {
            label_size = 0;
        }
    }
    return label_size > 0 && label_size <= label_size_max && name.size() <= name_size_max;
}

}  // namespace

std::optional<std::string> ascii_domain(std::string_view name) {
    std::string out(name);
    if (std::any_of(name.begin(), name.end(), [](char c) { return static_cast<unsigned char>(c) >= 0x80; })) {
        char* converted = nullptr;
        const int failed = idn2_to_ascii_8z(out.c_str(), &converted, IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL);
        const std::unique_ptr<char, decltype(&idn2_free)> owner(converted, &idn2_free);
        if (failed != IDN2_OK || name.find('\0') != std::string_view::npos) {
            return std::nullopt;
        }
        out = converted;
    }
    return has_lengths_of_dns(out) ? std::optional(std::move(out)) : std::nullopt;
}

}  // namespace posthouse::base
