#include "base/assert.hpp"
#include "receive/postscreen/client_cache.hpp"
#include "receive/postscreen/dnsbl_score.hpp"
#include "receive/postscreen/engine_command.hpp"

// Whatever is in the cache's file, a line that is taken is written as a line that says the same; and what a client or an operator
// writes is taken apart without a trap.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace posthouse::receive::postscreen;
    const std::string text(reinterpret_cast<const char*>(data), size);
    if (const auto client = decode_client(text)) {
        const std::string again = encode(*client);
        const auto read = decode_client(std::string_view(again).substr(0, again.size() - 1));
        PH_ASSERT(read && read->address == client->address && read->stamps == client->stamps);
    }
    std::string input = text;
    while (const auto line = take_line(input)) {
        PH_ASSERT(line->text.find('\n') == std::string::npos);
        static_cast<void>(address_after_colon(read_command(line->text).arguments));
    }
    static_cast<void>(parse_dnsbl_sites(text));
    return 0;
}
