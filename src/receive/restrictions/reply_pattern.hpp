#pragma once
// "127.0.0.[2;4..6]": which answers of a DNS list count. postconf(5), reject_rbl_client. Pure.
#include <array>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "base/ip_address.hpp"

namespace posthouse::receive {

class ReplyPattern {
public:
    /// Four fields, each a number or "[a;b..c]"; nullopt if malformed.
    [[nodiscard]] static std::optional<ReplyPattern> parse(std::string_view text);
    [[nodiscard]] bool matches(const base::IpAddress& answer) const;

private:
    using Range = std::pair<unsigned, unsigned>;
    std::array<std::vector<Range>, 4> fields_;
};

}  // namespace posthouse::receive
