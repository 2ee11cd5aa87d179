#pragma once
// postscreen_access_list: clients that are let through, or kept out, for good. postconf(5).
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/ip_address.hpp"
#include "tables/match_list.hpp"
#include "tables/table.hpp"

namespace posthouse::receive::postscreen {

enum class Access : std::uint8_t { dunno, permit, reject };

class AccessList {
public:
    using Warn = std::function<void(std::string)>;

    AccessList() = default;
    /// `mynetworks` may be null if no permit_mynetworks is to be used. A word that is none ends the list, with a warning.
    [[nodiscard]] static AccessList parse(std::string_view postscreen_access_list, std::shared_ptr<const tables::MatchList> mynetworks, const tables::OpenContext& context,
                                          const Warn& warn);

    /// The first word that says something. What cannot be looked up ends the list with dunno, and a warning. The list must live until
    /// the task ends.
    [[nodiscard]] world::Task<Access> judge(base::IpAddress client, const Warn& warn) const;

private:
    enum class Word : std::uint8_t { permit_mynetworks, permit, reject, dunno, unknown };
    [[nodiscard]] static Word read_word(std::string_view text);
    [[nodiscard]] world::Task<bool> is_mine(base::IpAddress client, const Warn& warn, bool& failed) const;
    /// What a table said: again such a list. nullopt: go on behind the table.
    [[nodiscard]] world::Task<std::optional<Access>> judge_result(std::string result, std::string table, base::IpAddress client, const Warn& warn) const;

    std::vector<std::variant<Word, std::shared_ptr<const tables::Table>>> items_;
    std::shared_ptr<const tables::MatchList> mynetworks_;
};

}  // namespace posthouse::receive::postscreen
