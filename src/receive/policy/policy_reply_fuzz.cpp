// Whatever a policy server says: a bounded action without control bytes, or malformed.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/assert.hpp"
#include "base/text.hpp"
#include "receive/policy/reply.hpp"
#include "receive/restrictions/access_action.hpp"

using posthouse::receive::PolicyReply;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    std::string_view rest(reinterpret_cast<const char*>(data), size);
    PolicyReply reply;
    PolicyReply::State state = PolicyReply::State::incomplete;
    while (state == PolicyReply::State::incomplete && !rest.empty()) {
        const std::size_t end = rest.find('\n');
        state = reply.feed(rest.substr(0, end));
        rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
    }
    PH_ASSERT((state == PolicyReply::State::malformed) == !reply.problem().empty());
    PH_ASSERT(reply.action().size() <= PolicyReply::line_max);
    for (const char c : reply.action()) {
        PH_ASSERT(!posthouse::base::is_control(c));
    }
    static_cast<void>(posthouse::receive::parse_access_action(reply.action(), 554, 450));
    return 0;
}
