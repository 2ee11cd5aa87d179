// Every address found is non-empty, without control bytes and within the text.
#include "message/address_list.hpp"

#include <algorithm>

#include "base/assert.hpp"
#include "base/text.hpp"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
    const std::string text(data, data + size);
    const auto list = posthouse::message::parse_address_list(text, 100);
    PH_ASSERT(list.addresses.size() <= 100);
    std::size_t last = 0;
    for (const auto& entry : list.addresses) {
        PH_ASSERT(!entry.address.empty() && entry.begin >= last && entry.begin < entry.end && entry.end <= text.size());
        PH_ASSERT(std::none_of(entry.address.begin(), entry.address.end(), posthouse::base::is_control));
        last = entry.end;
    }
    return 0;
}
