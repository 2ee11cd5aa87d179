// Whatever way content is cut into blocks, what is stored of it is the same, and no header is completed twice.
#include "cleanup/header_stage.hpp"

#include <span>

#include "base/assert.hpp"

namespace {

using namespace posthouse;

struct Staged {
    std::string content, message_id;
    std::size_t hops = 0;
    bool is_international = false;
    bool operator==(const Staged&) const = default;
};

Staged stage(std::string_view content, std::size_t piece, mail::Envelope::HeaderContext context) {
    const cleanup::CleanupSettings settings;
    cleanup::HeaderStage header(settings);
    mail::Envelope envelope;
    envelope.reverse_path = mail::ReversePath("a@example.org");
    envelope.header_context = context;
    header.set_completion(envelope, mail::QueueId{0xABC});
    header.look_for_utf8();
    Staged out;
    for (std::size_t at = 0; at < content.size(); at += piece) {
        header.feed(content.substr(at, piece), out.content);
    }
    header.finish(out.content);
    out.message_id = header.message_id();
    out.hops = header.hops();
    out.is_international = header.is_international();
    return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
    if (size < 2) {
        return 0;
    }
    // The stage is fed by readers that let only CRLF lines pass.
    std::string content;
    for (const std::uint8_t byte : std::span(data + 1, size - 1)) {
        content += byte == '\n' ? "\r\n" : byte == '\r' ? " " : std::string(1, static_cast<char>(byte));
    }
    using Context = mail::Envelope::HeaderContext;
    for (const Context context : {Context::local, Context::remote}) {
        const Staged whole = stage(content, content.size() + 1, context);
        PH_ASSERT(whole == stage(content, 1U + data[0] % 32U, context));
        PH_ASSERT(whole.message_id.find_first_of("\r\n") == std::string::npos);
    }
    return 0;
}
