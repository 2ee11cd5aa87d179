// main.cf from any bytes: parse, expand, convert. Nothing may crash or run away.
#include "config/view.hpp"

#include <cstdint>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace posthouse::config;
    constexpr std::size_t size_max = 16'384;
    const std::string text(reinterpret_cast<const char*>(data), size < size_max ? size : size_max);
    const View view = View::of(text);
    const Findings findings = view.check_values();
    for (const std::string& name : view.names_set()) {
        static_cast<void>(view.list(name));
        static_cast<void>(view.time(name));
    }
    static_cast<void>(findings.text());
    return 0;
}
