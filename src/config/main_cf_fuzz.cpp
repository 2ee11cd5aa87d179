// main.cf from any bytes: parse, expand, convert. Nothing may crash or run away.
#include "config/expansion.hpp"
#include "config/main_cf.hpp"
#include "config/parameter.hpp"
#include "config/value.hpp"

#include <cstdint>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace posthouse::config;
    constexpr std::size_t size_max = 16'384;
    const std::string text(reinterpret_cast<const char*>(data), size < size_max ? size : size_max);
    Findings findings;
    const MainCf main_cf = MainCf::parse(text, "main.cf", findings);
    // Without a View: it expands the whole table each time, and the table is not what is being fuzzed.
    const Lookup lookup = [&](std::string_view name) -> std::optional<std::string> {
        const Setting* setting = main_cf.find(name);
        return setting == nullptr ? std::nullopt : std::optional(setting->value);
    };
    std::size_t expanded = 0;
    for (const auto& [name, setting] : main_cf.settings()) {
        static_cast<void>(names_used(setting.value));
        const Expansion expansion = expand(setting.value, lookup);
        static_cast<void>(parse_list(expansion.text));
        static_cast<void>(parse_integer(expansion.text));
        static_cast<void>(parse_time(expansion.text, Unit::h));
        if ((expanded += expansion.text.size()) > 1'000'000) {
            break;
        }
    }
    static_cast<void>(findings.text());
    return 0;
}
