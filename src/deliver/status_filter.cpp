#include "deliver/status_filter.hpp"

#include "base/format.hpp"
#include "base/text.hpp"
#include "smtp/enhanced_status.hpp"

namespace posthouse::deliver {

using Kind = mail::Outcome::Kind;

world::Task<std::vector<mail::Outcome>> StatusFilter::deliver(mail::DeliveryRequest request) {
    std::vector<mail::Outcome> outcomes = co_await agent_->deliver(std::move(request));
    for (mail::Outcome& outcome : outcomes) {
        const tables::Lookup found = co_await filter_.find(outcome.status + ' ' + outcome.text);
        if (found.is_found()) {
            replace(outcome, found.value);
        } else if (found.is_unknown()) {
            if (outcome.kind == Kind::bounced) {
                outcome.kind = Kind::deferred;  // the table may have wanted it so
                outcome.status.front() = '4';
            }
        }
    }
    co_return outcomes;
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
