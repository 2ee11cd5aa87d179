// master.cf from any bytes: rows, options, addresses.
#include "config/master_cf.hpp"

#include <cstdint>
#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace posthouse::config;
    constexpr std::size_t size_max = 16'384;
    const std::string text(reinterpret_cast<const char*>(data), size < size_max ? size : size_max);
    Findings findings;
    for (const Service& service : parse_master_cf(text, "master.cf", findings)) {
        if (service.columns.size() != 8 || (service.type == ServiceType::inet && service.is_private)) {
            std::abort();
        }
        if (const auto address = parse_inet_service(service.name)) {
            static_cast<void>(resolve_port(address->port, service.command));
        }
    }
    static_cast<void>(findings.text());
    return 0;
}
