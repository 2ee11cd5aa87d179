#pragma once
// default_delivery_status_filter and its kin: a table may put other words and another status code into what an agent says
// in the end. Lives on its agent's core.
#include <memory>

#include "mail/delivery_agent.hpp"
#include "observe/event.hpp"
#include "tables/map_list.hpp"

namespace posthouse::deliver {

class StatusFilter final : public mail::DeliveryAgent {
public:
    StatusFilter(std::shared_ptr<mail::DeliveryAgent> agent, tables::MapList filter, observe::EventSink& events, std::string speaker)
        : agent_(std::move(agent)), filter_(std::move(filter)), events_(events), speaker_(std::move(speaker)) {}

    /// See DeliveryAgent. Asks for "4.4.1 connect to …", the status code and the text. A success stays one and a failure stays
    /// one; without an answer nothing bounces. What the agent has answered outlives a cancellation.
    world::Task<std::vector<mail::Outcome>> deliver(mail::DeliveryRequest request) override { return filtered(agent_->deliver(std::move(request))); }
    world::Task<std::vector<mail::Outcome>> verify(mail::DeliveryRequest request) override { return filtered(agent_->verify(std::move(request))); }
    world::Task<void> stop() override { return agent_->stop(); }

private:
    world::Task<std::vector<mail::Outcome>> filtered(world::Task<std::vector<mail::Outcome>> answering);
    world::Task<void> replace_all(std::vector<mail::Outcome>& outcomes);
    void replace(mail::Outcome& outcome, std::string_view value);

    const std::shared_ptr<mail::DeliveryAgent> agent_;
    const tables::MapList filter_;
    observe::EventSink& events_;
    const std::string speaker_;
};

}  // namespace posthouse::deliver
