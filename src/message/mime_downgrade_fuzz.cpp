// Whatever way content is cut into blocks, it is downgraded to the same, and nothing is lost of what is not encoded.
#include "message/mime_downgrade.hpp"

#include "base/assert.hpp"

namespace {

std::string downgraded(std::string_view content, std::size_t piece) {
    posthouse::message::MimeDowngrade downgrade;
    std::string out;
    for (std::size_t at = 0; at < content.size(); at += piece) {
        downgrade.feed(content.substr(at, piece), out);
    }
    downgrade.finish(out);
    return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
    if (size < 1) {
        return 0;
    }
    const std::string content(data + 1, data + size);
    const std::string whole = downgraded(content, content.size() + 1);
    PH_ASSERT(whole == downgraded(content, 1U + data[0] % 32U));
    return 0;
}
