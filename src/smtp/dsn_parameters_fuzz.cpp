// What is decoded from DSN parameters is printable and reads back the same from what we would send on.
#include "smtp/dsn_parameters.hpp"

#include "base/assert.hpp"
#include "smtp/xtext.hpp"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
    using namespace posthouse::smtp;
    const std::string text(data, data + size);
    if (const auto notify = DsnNotify::parse(text)) {
        PH_ASSERT(DsnNotify::parse(notify->text()) == notify);
    }
    if (const auto envid = parse_envelope_id(text)) {
        PH_ASSERT(parse_envelope_id(xtext_encode(*envid)) == envid);
    }
    if (const auto orcpt = OriginalRecipient::parse(text)) {
        PH_ASSERT(OriginalRecipient::parse(orcpt->wire()) == orcpt);
        PH_ASSERT(orcpt->text().find_first_of("\r\n") == std::string::npos);
    }
    (void)parse_dsn_return(text);
    return 0;
}
