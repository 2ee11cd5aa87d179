#include "deliver/status_filter.hpp"

#include "base/format.hpp"
#include "base/text.hpp"
#include "smtp/enhanced_status.hpp"

namespace posthouse::deliver {

using Kind = mail::Outcome::Kind;

namespace {

// What was delivered must be known, or it is delivered again: only the agent may be cut short.
world::Task<std::vector<mail::Outcome>> answered(world::Task<std::vector<mail::Outcome>> answering, const StatusFilter& filter) {
    std::vector<mail::Outcome> outcomes = co_await std::move(answering);
    world::Task<std::vector<mail::Outcome>> filtering = filter.filter(std::move(outcomes));
    co_return co_await world::uncancellable(std::move(filtering));
}

}  // namespace

world::Task<std::vector<mail::Outcome>> StatusFilter::deliver(mail::DeliveryRequest request) { return answered(agent_->deliver(std::move(request)), *this); }

world::Task<std::vector<mail::Outcome>> StatusFilter::verify(mail::DeliveryRequest request) { return answered(agent_->verify(std::move(request)), *this); }

world::Task<std::vector<mail::Outcome>> StatusFilter::filter(std::vector<mail::Outcome> outcomes) const {
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

void StatusFilter::replace(mail::Outcome& outcome, std::string_view value) const {
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
