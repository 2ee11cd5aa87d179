#pragma once
// Summary: what many stories came to: seeds, simulated time, mail, crashes, and what was made to go wrong, by kind. Its text
// can be read back, so that the summaries of several processes add up.
#include <map>
#include <string>
#include <string_view>

namespace posthouse::sim {

struct Verdict;

class Summary {
public:
    void add(const Verdict& verdict, bool told_twice, bool good);
    /// True: the line was one of text()'s, and was added.
    bool add_line(std::string_view line);
    /// "summary: NAME = NUMBER", a line each.
    [[nodiscard]] std::string text() const;

private:
    std::map<std::string, double, std::less<>> sums_;
};

}  // namespace posthouse::sim
