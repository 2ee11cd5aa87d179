#pragma once
// The reply of a policy server: lines "name=value", ended by an empty one (SMTPD_POLICY_README). Pure.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace posthouse::receive {

class PolicyReply {
public:
    static constexpr std::size_t line_max = 4096;  // ours: an action is one line of a reply, with room for a header field
    static constexpr std::size_t lines_max = 100;  // ours: other attributes than "action" are read over

    enum class State : std::uint8_t { incomplete, complete, malformed };
    /// The next line, without its end. After `complete` or `malformed` no more lines are wanted.
    State feed(std::string_view line);

    /// Of a complete reply: what stood after "action=", fit for the log and for an SMTP reply.
    [[nodiscard]] const std::string& action() const { return action_; }
    /// Of a malformed one.
    [[nodiscard]] const std::string& problem() const { return problem_; }

private:
    State malformed(std::string problem);

    std::string action_, problem_;
    bool has_action_ = false;
    std::size_t lines_ = 0;
};

}  // namespace posthouse::receive
