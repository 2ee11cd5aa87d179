#pragma once
// TestStamps: until when a client counts as having passed each of postscreen's tests (POSTSCREEN_README). What the cache keeps of
// a client. Pure.
#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace posthouse::receive::postscreen {

enum class Test : std::uint8_t { pregreet, dnsbl, pipelining, non_smtp_command, bare_newline };
inline constexpr std::array all_tests{Test::pregreet, Test::dnsbl, Test::pipelining, Test::non_smtp_command, Test::bare_newline};
inline constexpr std::array deep_tests{Test::pipelining, Test::non_smtp_command, Test::bare_newline};

class TestSet {
public:
    TestSet() = default;
    TestSet(std::initializer_list<Test> tests) {
        for (const Test test : tests) {
            add(test);
        }
    }
    void add(Test test) { bits_ = static_cast<std::uint8_t>(bits_ | bit(test)); }
    void add(TestSet others) { bits_ = static_cast<std::uint8_t>(bits_ | others.bits_); }
    void remove(Test test) { bits_ = static_cast<std::uint8_t>(bits_ & ~bit(test)); }
    void clear() { bits_ = 0; }
    [[nodiscard]] bool has(Test test) const { return (bits_ & bit(test)) != 0; }
    [[nodiscard]] bool empty() const { return bits_ == 0; }
    [[nodiscard]] bool contains(TestSet others) const { return (bits_ & others.bits_) == others.bits_; }
    [[nodiscard]] TestSet both(TestSet others) const {
        others.bits_ = static_cast<std::uint8_t>(others.bits_ & bits_);
        return others;
    }
    friend bool operator==(const TestSet&, const TestSet&) = default;

private:
    static constexpr std::uint8_t bit(Test test) { return static_cast<std::uint8_t>(1U << static_cast<unsigned>(test)); }
    std::uint8_t bits_ = 0;
};

struct TestStamps {
    static constexpr std::int64_t never_passed = 0;
    static constexpr std::int64_t not_asked = 1;  // never passed, but nobody asked for it when this was written

    std::array<std::int64_t, all_tests.size()> expires{};  // seconds since 1970

    [[nodiscard]] std::int64_t& operator[](Test test) { return expires[static_cast<std::size_t>(test)]; }
    [[nodiscard]] std::int64_t operator[](Test test) const { return expires[static_cast<std::size_t>(test)]; }
    /// Those of `enabled` whose result does not count any more.
    [[nodiscard]] TestSet due(TestSet enabled, std::int64_t now) const;
    /// Some test that was asked for has never been passed: the log says PASS NEW.
    [[nodiscard]] bool is_new() const;
    /// With a mark at tests that are switched off, so that one that is switched on later makes nobody new.
    [[nodiscard]] TestStamps kept(TestSet enabled) const;
    friend bool operator==(const TestStamps&, const TestStamps&) = default;
};

/// "1700000000;1700003600;1;1;1", and back: what is missing or no number was not asked for.
[[nodiscard]] std::string encode(const TestStamps& stamps);
[[nodiscard]] TestStamps decode_stamps(std::string_view text);

}  // namespace posthouse::receive::postscreen
