#pragma once
// ErrorAgent: error(8) and retry(8). The nexthop is the reason, "5.1.2 no such domain" or without a status code.
#include "mail/delivery_agent.hpp"

namespace posthouse::deliver {

class ErrorAgent final : public mail::DeliveryAgent {
public:
    enum class Verdict : std::uint8_t { bounce, defer };  // transports "error" and "retry"
    explicit ErrorAgent(Verdict verdict) : verdict_(verdict) {}

    world::Task<std::vector<mail::Outcome>> deliver(mail::DeliveryRequest request) override;
    world::Task<std::vector<mail::Outcome>> verify(mail::DeliveryRequest request) override { return deliver(std::move(request)); }
    world::Task<void> stop() override { co_return; }

private:
    Verdict verdict_;
};

/// The outcome for one recipient. A status of the other class keeps its detail and takes the class of the verdict.
[[nodiscard]] mail::Outcome error_outcome(ErrorAgent::Verdict verdict, std::string_view nexthop);

}  // namespace posthouse::deliver
