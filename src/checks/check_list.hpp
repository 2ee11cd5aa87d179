#pragma once
// One list of checks: a parameter and the tables that it names. Shared by all cores.
#include <optional>
#include <string>
#include <vector>

#include "tables/map_list.hpp"

namespace posthouse::checks {

class CheckList {
public:
    CheckList() = default;
    /// `name` is the parameter's, for the log.
    CheckList(std::string name, tables::MapList tables);

    /// The answer, if it needs no waiting. Nobody is asked about an empty line, as in Postfix.
    [[nodiscard]] std::optional<tables::Lookup> find_now(std::string_view line) const;
    /// The same for all tables. The list must live until the task ends.
    [[nodiscard]] world::Task<tables::Lookup> find(std::string line) const { return tables_.find(std::move(line)); }

    [[nodiscard]] bool empty() const { return tables_.empty(); }
    [[nodiscard]] const std::string& name() const { return name_; }

private:
    std::string name_;
    tables::MapList tables_;
    std::vector<const tables::MemoryTable*> in_memory_;  // all of tables_, or none
};

}  // namespace posthouse::checks
