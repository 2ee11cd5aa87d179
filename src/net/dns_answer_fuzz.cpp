// links: dns_answer.cpp world
#include <cstddef>
#include <cstdint>

#include "net/dns_answer.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) {
        return 0;
    }
    const std::string_view record(reinterpret_cast<const char*>(data) + 1, size - 1);
    (void)posthouse::net::parse_record_data(static_cast<posthouse::world::RecordType>(data[0]), record);
    return 0;
}
