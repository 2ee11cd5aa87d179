#include <cstddef>
#include <cstdint>

#include "base/assert.hpp"
#include "mail/maildrop_format.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace posthouse::mail;
    const auto view = decode_maildrop({reinterpret_cast<const char*>(data), size});
    if (view) {
        const std::string again = encode_maildrop(view->submission, view->content);
        const auto second = decode_maildrop(again);
        PH_ASSERT(second && second->content == view->content);
        PH_ASSERT(second->submission.envelope == view->submission.envelope);
    }
    return 0;
}
