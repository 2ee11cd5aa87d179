// A message that is checked on its way out is the same for every way to cut it, by BDAT as by DATA, whatever the tables do to it; and if they
// do nothing, it is what leaves without checks.
#include "deliver/smtp/outgoing_content.hpp"

#include "base/assert.hpp"
#include "checks/test_sink.hpp"

namespace {

using namespace posthouse;
using deliver::BodyEncoder;
using deliver::Downgrade;

class Silence final : public observe::EventSink {
public:
    void on(observe::Speaker, const observe::Event&) override {}
};

struct Way {
    std::string_view cuts;  // sizes of the blocks; empty: one block
    BodyEncoder::Framing framing = BodyEncoder::Framing::counted;
    Downgrade downgrade = Downgrade::no;
};

std::string sent(std::string_view content, const checks::CheckSet& set, Way way) {
    static Silence silence;
    const deliver::SmtpSettings settings;
    deliver::CheckNotes notes(mail::QueueId{}, silence, settings.speaker);
    deliver::OutgoingContent outgoing(settings, way.framing, way.downgrade, set, notes);
    std::string out;
    for (std::size_t at = 0, turn = 0; at < content.size(); ++turn) {
        const std::size_t size = way.cuts.empty() ? content.size() : 1U + static_cast<unsigned char>(way.cuts[turn % way.cuts.size()]) % 32U;
        if (outgoing.is_checked()) {
            PH_ASSERT(tables::run_now(outgoing.append_checked(content.substr(at, size), out)).has_value());
        } else {
            outgoing.append(content.substr(at, size), out);
        }
        at += size;
    }
    if (outgoing.is_checked()) {
        PH_ASSERT(tables::run_now(outgoing.finish_checked(out)).has_value());
    } else {
        outgoing.finish(out);
    }
    return out;
}

std::string without_dots(std::string_view data) {
    PH_ASSERT(data == ".\r\n" || data.ends_with("\r\n.\r\n"));
    data.remove_suffix(3);
    std::string out;
    bool at_line_start = true;
    for (const char c : data) {
        if (!at_line_start || c != '.') {
            out += c;
        }
        at_line_start = c == '\n';
    }
    return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
    if (size < 5) {
        return 0;
    }
    const std::string input(data, data + size);
    const std::string_view cuts = std::string_view(input).substr(0, 4);
    const std::string_view content = std::string_view(input).substr(5);
    const Downgrade downgrade = (input[4] & 1) != 0 ? Downgrade::to_seven_bit : Downgrade::no;
    static const checks::CheckSet changing = [] {
        constexpr std::string_view rules = "/^a(.*)$/ REPLACE b: $1\n/^c/ IGNORE\n/^d/ PREPEND e: f\n/^g/ STRIP\n/^h/ INFO\n";
        checks::CheckSet set = checks::testing::set_of({.header = rules, .mime_header = rules, .nested_header = "/./ IGNORE\n", .body = rules});
        set.walk.line_length_limit = 16;
        return set;
    }();
    static const checks::CheckSet header_only = checks::testing::set_of({.header = "/^a/ IGNORE\n"});
    static const checks::CheckSet idle = checks::testing::set_of({.header = "/^no line\\n/ REJECT\n", .body = "/^no line\\n/ REJECT\n"});
    for (const checks::CheckSet* set : {&changing, &header_only}) {
        const std::string whole = sent(content, *set, {.downgrade = downgrade});
        PH_ASSERT(whole == sent(content, *set, {.cuts = cuts, .downgrade = downgrade}));
        PH_ASSERT(whole == without_dots(sent(content, *set, {.cuts = cuts, .framing = BodyEncoder::Framing::dot, .downgrade = downgrade})));
    }
    PH_ASSERT(sent(content, idle, {.cuts = cuts, .downgrade = downgrade}) == sent(content, checks::CheckSet{}, {.downgrade = downgrade}));
    return 0;
}
