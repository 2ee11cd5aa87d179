// Whatever a milter sends: packets of bounded size, and a response whose strings lie inside them, or an error that says what is wrong.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/assert.hpp"
#include "milter/wire.hpp"

using namespace posthouse::milter;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    std::string_view rest(reinterpret_cast<const char*>(data), size);
    for (;;) {
        const auto packet = next_packet(rest);
        if (!packet) {
            PH_ASSERT(!packet.error().text.empty());
            return 0;
        }
        if (!*packet) {
            return 0;
        }
        PH_ASSERT((*packet)->size <= rest.size() && (*packet)->data.size() + 5 == (*packet)->size && (*packet)->size <= packet_size_max + 4);
        if ((*packet)->code == static_cast<char>(Command::negotiate)) {
            const auto agreement = parse_agreement((*packet)->data);
            PH_ASSERT(agreement || !agreement.error().text.empty());
        }
        const auto response = parse_response((*packet)->code, (*packet)->data);
        PH_ASSERT(response || !response.error().text.empty());
        if (response) {
            PH_ASSERT(response->name.size() + response->text.size() <= (*packet)->data.size());
            PH_ASSERT(response->name.find('\0') == std::string::npos);
            PH_ASSERT(response->kind != Response::Kind::reply_code || response->reply.code / 100 == 4 || response->reply.code / 100 == 5);
        }
        rest.remove_prefix((*packet)->size);
    }
}
