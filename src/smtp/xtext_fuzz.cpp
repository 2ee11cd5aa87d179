// What is encoded is read back as it was; what is made of any text may stand in a command.
#include <algorithm>
#include <cstddef>

#include "base/assert.hpp"
#include "smtp/xtext.hpp"

using namespace posthouse::smtp;

namespace {

void check_is_plain(std::string_view value) {
    PH_ASSERT(std::ranges::all_of(value, [](char c) { return c > ' ' && c < 0x7f && c != '='; }));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const std::string encoded = xtext_encode(text);
    check_is_plain(encoded);
    PH_ASSERT(xtext_decode(encoded) == std::string(text));
    (void)xtext_decode(text);
    const auto international = utf8_xtext_encode(text);
    if (international) {
        check_is_plain(*international);
        PH_ASSERT(utf8_xtext_decode(*international) == std::string(text));
    }
    const auto decoded = utf8_xtext_decode(text);
    if (decoded) {
        const auto again = utf8_xtext_encode(*decoded);
        PH_ASSERT(!again || utf8_xtext_decode(*again) == *decoded);
    }
    return 0;
}
