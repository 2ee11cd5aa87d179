#include "deliver/status_filter.hpp"

#include "base/format.hpp"
#include "base/text.hpp"
#include "smtp/enhanced_status.hpp"

namespace posthouse::deliver {

using Kind = mail::Outcome::Kind;

world::Task<std::vector<mail::Outcome>> StatusFilter::filtered(world::Task<std::vector<mail::Outcome>> answering) {
    std::vector<mail::Outcome> outcomes = co_await std::move(answering);
    // From here on these outcomes are all that is known of the message: what is forgotten is delivered again.
    world::Task<void> replacing = replace_all(outcomes);
    co_await world::uncancellable(std::move(replacing));
    co_return outcomes;
}

world::Task<void> StatusFilter::replace_all(std::vector<mail::Outcome>& outcomes) {
    for (mail::Outcome& outcome : outcomes) {
        bool answered = false;
        try {
            const tables::Lookup found = co_await filter_.find(outcome.status + ' ' + outcome.text);
            if (found.is_found()) {
                replace(outcome, found.value);
            }
            answered = !found.is_unknown();
        } catch (const std::exception& e) {
            events_.warn(speaker_, base::format("delivery status filter: {}", e.what()));
        }
        if (!answered && outcome.kind == Kind::bounced) {
            outcome.kind = Kind::deferred;  // the table may have wanted it so
            outcome.status.front() = '4';
        }
    }
}

void StatusFilter::replace(mail::Outcome& outcome, std::string_view value) {
    const std::string_view code = value.substr(0, value.find_first_of(" \t"));
    const auto status = smtp::EnhancedStatus::parse(code);
    const bool fits = status && (status->status_class == 2) == (outcome.kind == Kind::delivered);
    if (!fits) {
        events_.warn(speaker_, base::format("delivery status filter: \"{}\" cannot take the place of \"{} {}\"", value, outcome.status, outcome.text));
        return;
    }
    outcome.status = code;
    outcome.text = base::trim(value.substr(code.size()));
    if (outcome.kind != Kind::delivered) {
        outcome.kind = status->status_class == 5 ? Kind::bounced : Kind::deferred;
    }
}

}  // namespace posthouse::deliver
