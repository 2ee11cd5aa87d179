// An accepted path holds nothing that can end a command, and its external form means the same, even to a strict server.
#include "smtp/path.hpp"

#include "base/assert.hpp"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
    using namespace posthouse::smtp;
    const std::string text(data, data + size);
    for (const auto syntax : {PathSyntax::lax, PathSyntax::strict}) {
        const auto parsed = parse_path(text, {.syntax = syntax});
        if (!parsed) {
            continue;
        }
        const std::string external = parsed->path.external();
        PH_ASSERT(external.find_first_of(std::string("\r\n\0", 3)) == std::string::npos);
        const auto again = parse_path(external, {.syntax = PathSyntax::strict});
        PH_ASSERT(again && again->path == parsed->path && again->rest.empty());
        PH_ASSERT(parse_path(text).has_value());  // lax accepts whatever strict does
    }
    return 0;
}
