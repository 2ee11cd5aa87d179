#pragma once
// Trace: what an evaluation of access lists did, step by step, for an administrator to read. Filled only if somebody asks.
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace posthouse::receive {

struct Verdict;

class Trace {
public:
    /// Begins a step: the name of a restriction, as in main.cf. What comes before end() belongs to it.
    std::size_t begin(unsigned depth, std::string_view name);
    enum class Weight { counts, only_warns };
    void end(std::size_t step, unsigned depth, const Verdict& verdict, Weight weight);
    /// A remark inside a step, one level deeper than it.
    void note(unsigned depth, std::string_view text);
    /// Lines without their ends, indented by depth.
    [[nodiscard]] const std::vector<std::string>& lines() const { return lines_; }
    [[nodiscard]] std::vector<std::string> take() { return std::exchange(lines_, {}); }

private:
    std::vector<std::string> lines_;
};

}  // namespace posthouse::receive
