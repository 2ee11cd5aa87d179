// Whatever a table's server sends: it is a reply, too little, or nonsense; a reply takes no more bytes than came.
#include <cstddef>

#include "base/assert.hpp"
#include "tables/memcache_protocol.hpp"
#include "tables/socketmap.hpp"
#include "tables/tcp.hpp"

using namespace posthouse::tables;

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto socketmap = socketmap_protocol("map");
    const auto tcp = tcp_protocol();
    const auto memcache = memcache_protocol(10'000, 1024);
    for (const WireProtocol* protocol : {socketmap.get(), tcp.get(), memcache.get()}) {
        const auto reply = protocol->reply(text);
        PH_ASSERT(!reply || !*reply || ((*reply)->size > 0 && (*reply)->size <= size));
    }
    return 0;
}
