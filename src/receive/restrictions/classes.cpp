#include "receive/restrictions/classes.hpp"

#include "base/text.hpp"

namespace posthouse::receive {

std::shared_ptr<RestrictionClasses> make_restriction_classes() { return std::make_shared<RestrictionClasses>(); }

void RestrictionClasses::parse_once(const RestrictionContext& context) {
    if (std::exchange(parsed_, true)) {
        return;
    }
    RestrictionContext inner = context;
    // The lists in here must not own their owner.
    inner.classes = std::shared_ptr<RestrictionClasses>(std::shared_ptr<void>{}, this);
    const std::vector<std::string> names = context.view.list("smtpd_restriction_classes");
    for (const std::string& name : names) {
        lists_.try_emplace(name);
    }
    for (const std::string& name : names) {
        const std::string value = context.view.value(name).value_or("");
        std::vector<std::string> words;
        for (const std::string_view word : base::split_braced(value)) {
            words.emplace_back(word);
        }
        lists_[name] = RestrictionList::parse(name, words, inner, [&context](std::string text) { context.open.warning(std::move(text)); });
    }
}

const RestrictionList* RestrictionClasses::find(std::string_view name) const {
    const auto found = lists_.find(name);
    return found == lists_.end() ? nullptr : &found->second;
}

}  // namespace posthouse::receive
