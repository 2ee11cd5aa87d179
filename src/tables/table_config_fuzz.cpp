// Any text is the file of settings of a sql or ldap table, or an error that names the file; any text is a query or a result
// format, or an error. A quoted part of a key never leaves its quotes.
#include <cstddef>

#include "base/assert.hpp"
#include "tables/fake_files.hpp"
#include "tables/key_template.hpp"
#include "tables/table_config.hpp"

using namespace posthouse::tables;

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    FakeFiles files;
    const OpenContext context{.files = files};
    const auto config = TableConfig::parse(text, "/t.cf", context);
    if (config) {
        (void)config->number("timeout", 5);
        (void)config->truth("domain", "no");
    } else {
        PH_ASSERT(config.error().text.find("/t.cf") != std::string::npos);
    }
    const std::size_t middle = text.find('\n');
    const std::string_view key = middle == std::string_view::npos ? "user@example.org" : text.substr(middle + 1);
    const auto query = KeyTemplate::parse(std::string(text.substr(0, middle)));
    if (query) {
        // What is put in for the key holds none of its bytes: so none of them gets past the quoting.
        const auto quoted = query->expand(key, [](std::string_view) { return std::string("\x01"); });
        if (quoted && query->asks_for_key()) {
            PH_ASSERT(quoted->find('\x01') != std::string::npos);
        }
        (void)query->expand_result("value@example.net", key);
    }
    return 0;
}
