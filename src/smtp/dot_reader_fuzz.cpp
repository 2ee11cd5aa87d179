// Whatever way mail data is cut into pieces, the content is the same; it is CRLF lines only; and what DotWriter makes
// of it reads back as the same content, ending where it should.
#include "smtp/dot_reader.hpp"

#include "base/assert.hpp"
#include "smtp/dot_writer.hpp"

namespace {

using namespace posthouse::smtp;

struct Read {
    std::string content;
    std::size_t consumed = 0;
    DotReader::Progress progress = DotReader::Progress::need_more;
    bool operator==(const Read&) const = default;
};

Read read(std::string_view bytes, std::string_view sizes, DotReader::Options options) {
    DotReader reader(options);
    Read out;
    for (std::size_t turn = 0; out.consumed < bytes.size() && out.progress == DotReader::Progress::need_more; ++turn) {
        const std::size_t piece =
            sizes.empty() ? bytes.size() : 1U + static_cast<unsigned char>(sizes[turn % sizes.size()]) % 16U;
        const auto fed = reader.feed(bytes.substr(out.consumed, piece), out.content);
        out.consumed += fed.consumed;
        out.progress = fed.progress;
    }
    PH_ASSERT(reader.content_size() == out.content.size());
    return out;
}

void check_form(std::string_view content) {
    for (std::size_t i = 0; i < content.size(); ++i) {
        PH_ASSERT(content[i] != '\n' || (i > 0 && content[i - 1] == '\r'));
        PH_ASSERT(content[i] != '\r' || i + 1 == content.size() || content[i + 1] == '\n');
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
    if (size < 6) {
        return 0;
    }
    const std::string input(data, data + size);
    const std::string_view sizes = std::string_view(input).substr(0, 4);
    const std::string_view bytes = std::string_view(input).substr(5);
    const DotReader::Options options{
        .framing = input[4] % 2 != 0 ? Framing::counted : Framing::dot,
        .bare_newline = input[4] / 2 % 2 != 0 ? BareNewline::permitted : BareNewline::normalize};
    const Read whole = read(bytes, {}, options);
    PH_ASSERT(whole == read(bytes, sizes, options));
    check_form(whole.content);
    if (whole.progress == DotReader::Progress::done) {
        PH_ASSERT(whole.content.empty() || whole.content.ends_with("\r\n"));
        std::string wire;
        DotWriter writer;
        writer.append(std::string_view(whole.content).substr(0, whole.content.size() / 2), wire);
        writer.append(std::string_view(whole.content).substr(whole.content.size() / 2), wire);
        writer.finish(wire);
        const Read again = read(wire, sizes, {});
        PH_ASSERT(again.content == whole.content && again.consumed == wire.size());
    }
    return 0;
}
