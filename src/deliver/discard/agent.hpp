#pragma once
// DiscardAgent: discard(8). Mail ends here and counts as delivered; the nexthop is what the log says.
#include "mail/delivery_agent.hpp"

namespace posthouse::deliver {

class DiscardAgent final : public mail::DeliveryAgent {
public:
    world::Task<std::vector<mail::Outcome>> deliver(mail::DeliveryRequest request) override;
    world::Task<std::vector<mail::Outcome>> verify(mail::DeliveryRequest request) override { return deliver(std::move(request)); }
    world::Task<void> stop() override { co_return; }
};

}  // namespace posthouse::deliver
