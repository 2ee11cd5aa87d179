// Whatever a connection begins with: the parser never wants more bytes than a header has, says the same for the whole and for pieces, and nothing
// behind the header changes what it says.
#include "world/proxy_header.hpp"

#include "base/assert.hpp"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
    using namespace posthouse::world;
    const std::string text(data, data + size);
    std::size_t length = 0;
    for (;;) {
        const ParsedProxyHeader parsed = parse_proxy_header(std::string_view(text).substr(0, length));
        if (const auto* needs = std::get_if<ProxyHeaderNeeds>(&parsed)) {
            PH_ASSERT(needs->count > 0 && length + needs->count <= 128);
            length += needs->count;
            if (length > text.size()) {
                return 0;
            }
            continue;
        }
        const ParsedProxyHeader whole = parse_proxy_header(text);
        PH_ASSERT(whole.index() == parsed.index());
        if (const auto* header = std::get_if<ProxyHeader>(&parsed)) {
            PH_ASSERT(header->rest <= 0xffff);
            PH_ASSERT(header->addresses == std::get<ProxyHeader>(whole).addresses);
        }
        return 0;
    }
}
