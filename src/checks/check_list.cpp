#include "checks/check_list.hpp"

namespace posthouse::checks {

CheckList::CheckList(std::string name, tables::MapList tables) : name_(std::move(name)), tables_(std::move(tables)) {
    for (const auto& table : tables_.tables()) {
        const auto* here = dynamic_cast<const tables::MemoryTable*>(table.get());
        if (here == nullptr) {
            in_memory_.clear();
            return;
        }
        in_memory_.push_back(here);
    }
}

std::optional<tables::Lookup> CheckList::find_now(std::string_view line) const {
    if (line.empty() || tables_.empty()) {
        return tables::Lookup::absent();
    }
    if (in_memory_.empty()) {
        return std::nullopt;
    }
    for (const tables::MemoryTable* table : in_memory_) {
        tables::Lookup answer = table->look_up(line);
        if (answer.is_found() && answer.value.empty()) {
            return tables::Lookup::unknown(table->name() + " returns an empty string; it should say nothing for what it does not know");
        }
        if (!answer.is_absent()) {
            return answer;
        }
    }
    return tables::Lookup::absent();
}

}  // namespace posthouse::checks
