#pragma once
// smtpd_restriction_classes: lists with a name, for use in other lists and in access tables. RESTRICTION_CLASS_README.
#include <map>
#include <string>

#include "receive/restrictions/evaluator.hpp"

namespace posthouse::receive {

class RestrictionClasses {
public:
    /// Parses the classes of `context`, the first time. Classes may name each other, in circles too.
    void parse_once(const RestrictionContext& context);
    /// nullptr: no class of that name (case counts).
    [[nodiscard]] const RestrictionList* find(std::string_view name) const;

private:
    bool parsed_ = false;
    std::map<std::string, RestrictionList, std::less<>> lists_;
};

}  // namespace posthouse::receive
