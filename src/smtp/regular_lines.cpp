#include "smtp/regular_lines.hpp"

#include <array>
#include <cstdint>
#include <cstring>

namespace posthouse::smtp {

namespace {

using Lanes = std::uint8_t __attribute__((vector_size(16)));  // GCC and Clang, every machine
constexpr std::size_t step = 64;                              // bytes judged at once

Lanes load(const char* at) {
    Lanes lanes;
    std::memcpy(&lanes, at, sizeof(lanes));
    return lanes;
}

// Non-zero where the pair of a byte and its follower is wrong.
Lanes wrong_pairs(const char* at) {
    const Lanes here = load(at);
    const Lanes next = load(at + 1);
    const auto lf_next = next == '\n';
    return reinterpret_cast<Lanes>(((here == '\r') ^ lf_next) | ((here == '\n') & (next == '.')));
}

// Looks at the `step` pairs that begin in `at[0 … step)`, so at one byte more.
bool is_regular(const char* at) {
    const Lanes wrong = wrong_pairs(at) | wrong_pairs(at + 16) | wrong_pairs(at + 32) | wrong_pairs(at + 48);
    std::array<std::uint64_t, 2> halves{};
    std::memcpy(halves.data(), &wrong, sizeof(wrong));
    return (halves[0] | halves[1]) == 0;
}

}  // namespace

std::size_t regular_prefix(std::string_view bytes) {
    std::size_t n = 0;
    while (n + step < bytes.size() && is_regular(bytes.data() + n)) {
        n += step;
    }
    return n;
}

}  // namespace posthouse::smtp
