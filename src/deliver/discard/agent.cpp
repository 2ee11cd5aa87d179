#include "deliver/discard/agent.hpp"

#include "smtp/enhanced_status.hpp"

namespace posthouse::deliver {

world::Task<std::vector<mail::Outcome>> DiscardAgent::deliver(mail::DeliveryRequest request) {
    const auto [given, text] = smtp::split_status(request.nexthop);
    smtp::EnhancedStatus status = given.value_or(smtp::EnhancedStatus{});
    status.status_class = 2;
    mail::Outcome outcome = mail::Outcome::delivered(status.text(), std::string(text));
    outcome.action = "delivered";
    co_return std::vector<mail::Outcome>(request.recipients.size(), outcome);
}

}  // namespace posthouse::deliver
