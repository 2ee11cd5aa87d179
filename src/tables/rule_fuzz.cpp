// Any text is a cidr, regexp or pcre table, or an inline one: it opens or says why not, and then answers.
#include "tables/cidr.hpp"
#include "tables/fake_files.hpp"
#include "tables/open.hpp"
#include "tables/pattern_rule.hpp"
#include "tables/run_task.hpp"

using namespace posthouse::tables;

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
    const std::string text(reinterpret_cast<const char*>(data), size);
    FakeFiles files;
    files.put("/t", text);
    const OpenContext context{.files = files};
    (void)run_now(open_table("cidr:/t", context)->find("10.0.0.1"));
    (void)run_now(open_table("inline:" + text, context)->find("k"));
    if (size < 256) {  // a pattern may take long to match; the parser is what is tested here
        (void)run_now(open_table("pcre:/t", context)->find("aab"));
        (void)run_now(open_table("regexp:/t", context)->find("aab"));
    }
    LogicalLines lines(text);
    while (const auto line = lines.next()) {
        const auto rule = parse_pattern_rule(line->text);
        if (rule) {
            (void)rule->result.expand([](std::size_t) { return std::string_view("x"); });
        }
    }
    return 0;
}
