#include "deliver/error/agent.hpp"

#include "smtp/enhanced_status.hpp"

namespace posthouse::deliver {

mail::Outcome error_outcome(ErrorAgent::Verdict verdict, std::string_view nexthop) {
    const bool bounce = verdict == ErrorAgent::Verdict::bounce;
    const auto [given, text] = smtp::split_status(nexthop);
    smtp::EnhancedStatus status = given.value_or(smtp::EnhancedStatus{});
    status.status_class = bounce ? 5 : 4;
    const std::string reason(text.empty() ? "mail cannot be delivered to this destination" : text);
    return bounce ? mail::Outcome::bounced(status.text(), reason) : mail::Outcome::deferred(status.text(), reason);
}

world::Task<std::vector<mail::Outcome>> ErrorAgent::deliver(mail::DeliveryRequest request) {
    co_return std::vector<mail::Outcome>(request.recipients.size(), error_outcome(verdict_, request.nexthop));
}

}  // namespace posthouse::deliver
