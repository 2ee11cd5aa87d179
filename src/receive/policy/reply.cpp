#include "receive/policy/reply.hpp"

#include "base/format.hpp"
#include "base/text.hpp"

namespace posthouse::receive {

PolicyReply::State PolicyReply::feed(std::string_view line) {
    if (line.empty()) {
        return has_action_ ? State::complete : malformed("missing attribute action in the reply");
    }
    if (++lines_ > lines_max) {
        return malformed(base::format("a reply of more than {} lines", lines_max));
    }
    const std::size_t end = line.find('=');
    if (line.size() > line_max || end == std::string_view::npos || end == 0) {
        return malformed(base::format("malformed line in the reply: {:.100}", base::printable(line)));
    }
    if (line.substr(0, end) == "action" && !has_action_) {
        has_action_ = true;
        // What follows goes to the log and to clients: a line end in it would be another line there.
        action_ = base::printable(line.substr(end + 1));
    }
    return State::incomplete;
}

PolicyReply::State PolicyReply::malformed(std::string problem) {
    problem_ = std::move(problem);
    return State::malformed;
}

}  // namespace posthouse::receive
