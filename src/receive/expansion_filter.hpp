#pragma once
// smtpd_expansion_filter: which characters of what a client said may appear in texts made of templates.
#include <bitset>
#include <string>
#include <string_view>

namespace posthouse::receive {

class ExpansionFilter {
public:
    ExpansionFilter() { allowed_.set(); }
    /// A set of characters with C-like escapes: "\t\40!…".
    explicit ExpansionFilter(std::string_view set);

    /// Every other character becomes "_".
    [[nodiscard]] std::string censored(std::string_view text) const;

private:
    std::bitset<256> allowed_;
};

}  // namespace posthouse::receive
