// Whatever decodes must encode to something that decodes to the same value.
// links: envelope_codec.cpp mail
#include <cstdlib>

#include "queue/spool/envelope_codec.hpp"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
    using namespace posthouse::queue;
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    if (const auto envelope = decode_envelope(bytes); envelope && decode_envelope(encode_envelope(*envelope)) != envelope) {
        std::abort();
    }
    if (const auto state = decode_recipient_state(bytes); state && decode_recipient_state(encode_recipient_state(*state)) != state) {
        std::abort();
    }
    return 0;
}
