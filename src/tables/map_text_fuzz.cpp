// Any text is a map or alias file: it parses to entries that have a key and a value, and the two ways of reading agree.
#include "base/assert.hpp"
#include "tables/fake_files.hpp"
#include "tables/text_hash.hpp"

using namespace posthouse::tables;

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    FakeFiles files;
    for (const TextFormat format : {TextFormat::map, TextFormat::aliases}) {
        std::size_t count = 0;
        const OpenContext context{.files = files, .format = format};
        parse_map_text(text, "f", context, [&count](const TextEntry& entry) {
            PH_ASSERT(!entry.value.empty() && entry.line > 0);
            ++count;
        });
        PH_ASSERT(read_map_text(text, "f", context).size() <= count);
    }
    return 0;
}
