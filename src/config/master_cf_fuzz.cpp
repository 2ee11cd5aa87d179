// master.cf from any bytes: rows, options, addresses; then the whole check over it.
#include "config/check.hpp"

#include <cstdint>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace posthouse;
    constexpr std::size_t size_max = 4'096;
    const std::string text(reinterpret_cast<const char*>(data), size < size_max ? size : size_max);
    config::LoadRequest request;
    request.reader = [&](const std::string& path) -> base::Result<std::string> {
        return path.ends_with("main.cf") ? std::string() : text;
    };
    const auto loaded = config::load(std::move(request));
    for (const config::Service& service : (*loaded)->services()) {
        if (const auto address = config::parse_inet_service(service.name)) {
            static_cast<void>(config::resolve_port(address->port, "smtp=25"));
        }
    }
    // A view for each row with options is expensive; a few rows are as good as many.
    if ((*loaded)->services().size() <= 4) {
        static_cast<void>(config::check(**loaded).text());
    }
    return 0;
}
