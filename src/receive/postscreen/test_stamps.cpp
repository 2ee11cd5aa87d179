#include "receive/postscreen/test_stamps.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace posthouse::receive::postscreen {

TestSet TestStamps::due(TestSet enabled, std::int64_t now) const {
    TestSet out;
    for (const Test test : all_tests) {
        if (enabled.has(test) && now > (*this)[test]) {
            out.add(test);
        }
    }
    return out;
}

bool TestStamps::is_new() const { return std::find(expires.begin(), expires.end(), never_passed) != expires.end(); }

TestStamps TestStamps::kept(TestSet enabled) const {
    TestStamps out = *this;
    for (const Test test : all_tests) {
        if (!enabled.has(test) && out[test] == never_passed) {
            out[test] = not_asked;
        }
    }
    return out;
}

std::string encode(const TestStamps& stamps) {
    std::string out;
    for (const std::int64_t stamp : stamps.expires) {
        out += out.empty() ? "" : ";";
        base::append_number(out, static_cast<std::uint64_t>(std::max<std::int64_t>(0, stamp)));
    }
    return out;
}

TestStamps decode_stamps(std::string_view text) {
    constexpr std::uint64_t latest = 1ULL << 40;  // leaves room for arithmetic
    TestStamps out;
    out.expires.fill(TestStamps::not_asked);
    std::size_t at = 0;
    for (const std::string_view field : base::split_fields(text, ';')) {
        const auto number = base::parse_number(field);
        if (at == out.expires.size()) {
            break;
        }
        out.expires[at++] = number && *number <= latest ? static_cast<std::int64_t>(*number) : TestStamps::not_asked;
    }
    return out;
}

}  // namespace posthouse::receive::postscreen
