// Whatever way content is cut into blocks, fields and body are the same, and every byte is in one of them.
#include "message/header_scanner.hpp"

#include "base/assert.hpp"

namespace {

using namespace posthouse::message;

struct Scanned {
    std::vector<HeaderField> fields;
    HeaderScanner::End end = HeaderScanner::End::none;
    std::string body;
    bool operator==(const Scanned&) const = default;
};

Scanned scan(std::string_view content, std::string_view sizes) {
    HeaderScanner scanner({.header_size_limit = posthouse::base::Bytes{64}});
    Scanned out;
    std::size_t at = 0;
    for (std::size_t turn = 0; at < content.size() && scanner.end() == HeaderScanner::End::none; ++turn) {
        const std::size_t piece =
            sizes.empty() ? content.size() : 1U + static_cast<unsigned char>(sizes[turn % sizes.size()]) % 16U;
        at += scanner.feed(content.substr(at, piece), out.fields);
    }
    if (scanner.end() == HeaderScanner::End::none) {
        scanner.finish(out.fields);
    }
    out.end = scanner.end();
    out.body = scanner.take_body_start() + std::string(content.substr(at));
    return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
    if (size < 4) {
        return 0;
    }
    const std::string input(data, data + size);
    const std::string_view content = std::string_view(input).substr(4);
    const Scanned whole = scan(content, {});
    PH_ASSERT(whole == scan(content, std::string_view(input).substr(0, 4)));
    PH_ASSERT(content.ends_with(whole.body));
    for (const auto& field : whole.fields) {
        PH_ASSERT(!field.name.empty() && field.text.ends_with("\n") && field.text.size() <= 64 + 2);
        PH_ASSERT(field.value().find_first_of("\r\n") == std::string::npos);
    }
    return 0;
}
