// links: address_cache.cpp config mail
#include "verify/address_cache.hpp"

#include "base/assert.hpp"

// Whatever is in the file, a line that is taken is written as a line that says the same.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string line(reinterpret_cast<const char*>(data), size);
    if (const auto entry = posthouse::verify::decode(line)) {
        const std::string again = posthouse::verify::encode(*entry);
        const auto read = posthouse::verify::decode(std::string_view(again).substr(0, again.size() - 1));
        PH_ASSERT(read && read->address == entry->address && read->answer == entry->answer && read->updated == entry->updated);
    }
    return 0;
}
