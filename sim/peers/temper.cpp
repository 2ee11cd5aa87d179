#include "sim/peers/temper.hpp"

#include "base/format.hpp"

namespace posthouse::sim {

namespace {

/// "250 2.0.0 Ok" → "250-2.0.0 line 0 … 250 2.0.0 Ok", `count` lines more.
std::string with_lines(const std::string& text, std::size_t count) {
    const std::string code = text.substr(0, 3);
    std::string out;
    for (std::size_t i = 0; i < count; ++i) {
        out += base::format("{}-line {} of what nobody reads\r\n", code, i);
    }
    return out + text;
}

std::string garbage(SimRandom& random) {
    switch (random.below(6)) {
        case 0: return "hello";
        case 1: return "2";
        case 2: return std::string("\0\xff\x80", 3);
        case 3: return "999 what";
        case 4: return "25O 2.0.0 Ok";
        default: return std::string(random.between(3'000, 60'000), 'x');
    }
}

}  // namespace

Refusal refusal_at(Stage stage, const Temper& temper, SimRandom& random) {
    const auto at = static_cast<std::size_t>(stage);
    if (random.chance(temper.break_per_mille[at])) {
        return {Refusal::Kind::break_off, {}};
    }
    if (random.chance(temper.goodbye_per_mille[at])) {
        return {Refusal::Kind::goodbye, "421 4.3.2 closing"};
    }
    if (random.chance(temper.temporary_per_mille[at])) {
        static constexpr std::string_view replies[] = {"450 4.2.0 try later", "451 4.3.0 something is wrong", "452 4.3.1 no room", "454 4.7.0 not now", "499 what"};
        return {Refusal::Kind::temporary, std::string(replies[random.below(std::size(replies))])};
    }
    if (random.chance(temper.permanent_per_mille[at])) {
        static constexpr std::string_view replies[] = {"550 5.7.1 never", "554 5.0.0 no", "571 no", "552 5.3.4 too big"};
        return {Refusal::Kind::permanent, std::string(replies[random.below(std::size(replies))])};
    }
    return {};
}

ShapedReply shaped(std::string text, const Temper& temper, SimRandom& random) {
    ShapedReply out;
    if (random.chance(temper.garbage_per_mille)) {
        return {garbage(random) + "\r\n", false, false};
    }
    if (random.chance(temper.huge_per_mille)) {
        text = with_lines(text, random.between(200, 3'000));
        out.understood = false;  // longer than anybody must read
    } else if (random.chance(temper.many_lines_per_mille)) {
        text = with_lines(text, random.between(1, 20));
    }
    out.bytes = text + "\r\n";
    if (random.chance(temper.bare_lf_per_mille)) {
        std::erase(out.bytes, '\r');
    }
    out.drips = random.chance(temper.drip_per_mille);
    return out;
}

}  // namespace posthouse::sim
