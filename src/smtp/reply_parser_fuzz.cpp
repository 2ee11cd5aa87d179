// Any lines end in a reply, in a protocol error, or ask for more, within bounds.
#include "smtp/reply_parser.hpp"

#include "base/assert.hpp"
#include "base/text.hpp"
#include "smtp/extensions.hpp"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
    using namespace posthouse;
    const std::string text(data, data + size);
    smtp::ReplyParser parser;
    for (const auto line : base::split_fields(text, '\n')) {
        const auto progress = parser.feed(line);
        if (progress == smtp::ReplyParser::Progress::need_more) {
            continue;
        }
        const auto reply = parser.take();
        PH_ASSERT(reply.raw_lines.size() <= smtp::ReplyParser::line_count_max);
        PH_ASSERT(reply.text_joined().size() <= smtp::ReplyParser::text_length_max + smtp::ReplyParser::line_count_max);
        if (progress == smtp::ReplyParser::Progress::complete) {
            PH_ASSERT(reply.code >= 0 && reply.code <= 999);
            (void)smtp::parse_extensions(reply);
        }
    }
    return 0;
}
