#pragma once
// Sizes in bytes as a type: 64_KiB, 10'240'000_B.
#include <compare>
#include <cstdint>

namespace posthouse::base {

struct Bytes {
    std::uint64_t count = 0;
    friend constexpr auto operator<=>(Bytes, Bytes) = default;
    friend constexpr Bytes operator+(Bytes a, Bytes b) { return {a.count + b.count}; }
};

inline namespace literals {
consteval Bytes operator""_B(unsigned long long n) { return {n}; }
consteval Bytes operator""_KiB(unsigned long long n) { return {n * 1024}; }
consteval Bytes operator""_MiB(unsigned long long n) { return {n * 1024 * 1024}; }
}  // namespace literals

}  // namespace posthouse::base
