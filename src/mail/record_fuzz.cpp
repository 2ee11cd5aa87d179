#include <cstddef>
#include <cstdint>

#include "base/assert.hpp"
#include "mail/record.hpp"

// Whatever decodes, encodes to something that decodes to the same.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace posthouse::mail;
    const auto record = decode_record({reinterpret_cast<const char*>(data), size});
    if (record && size < 8 * 1024) {
        std::string line = encode(*record);
        line.pop_back();
        const auto again = decode_record(line);
        PH_ASSERT(again && *again == *record);
    }
    return 0;
}
