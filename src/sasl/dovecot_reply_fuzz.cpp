// Any line an authentication server may send: it parses or is skipped.
#include <cstddef>

#include "sasl/dovecot_protocol.hpp"

using namespace posthouse::sasl;

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    (void)parse_dovecot_reply(text);
    DovecotGreeting greeting;
    (void)greeting.feed("VERSION\t1\t1");
    (void)greeting.feed(text);
    return 0;
}
