// Any text is a hosts file: it is read, localhost is in it, and what it says of an address it says of a name it holds.
// links: hosts_file.cpp system_file.cpp world
#include "net/hosts_file.hpp"

#include "base/assert.hpp"
#include "base/text.hpp"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
    using namespace posthouse;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const net::HostsFile hosts = net::HostsFile::parse(text);
    PH_ASSERT(!hosts.addresses("localhost").empty());
    for (const std::string_view word : base::split_words(text)) {
        for (const base::IpAddress& address : hosts.addresses(word)) {
            PH_ASSERT(!hosts.addresses(hosts.name(address)).empty());
        }
        if (const auto address = base::IpAddress::parse(word)) {
            PH_ASSERT(base::IpAddress::parse(address->text()) == address);
        }
    }
    return 0;
}
