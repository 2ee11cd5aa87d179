// What is read is what is written again; a request with any fields is an address or none.
// links: supervisor_state.cpp supervisor_protocol.cpp mail
#include <cstddef>
#include <cstdint>

#include "base/assert.hpp"
#include "start/supervisor_protocol.hpp"
#include "start/supervisor_state.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace posthouse;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    if (const auto state = app::SupervisorState::parse(text)) {
        PH_ASSERT(app::SupervisorState::parse(state->text()) == state);
    }
    if (const auto record = mail::decode_record(text)) {
        if (const auto endpoint = app::supervisor_protocol::endpoint_of(*record)) {
            mail::Record again("listen");
            app::supervisor_protocol::add_endpoint(again, *endpoint);
            PH_ASSERT(app::supervisor_protocol::endpoint_of(again) == endpoint);
        }
        static_cast<void>(app::supervisor_protocol::error_of(*record));
    }
    return 0;
}
