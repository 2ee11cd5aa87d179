#pragma once
// The DeliveryAgent door: one attempt to deliver one message to some recipients at one nexthop.
#include <memory>
#include <string>
#include <vector>

#include "mail/content.hpp"
#include "mail/envelope.hpp"
#include "mail/outcome.hpp"
#include "mail/queue_id.hpp"
#include "world/task.hpp"

namespace posthouse::mail {

struct DeliveryRequest {
    QueueId id;
    std::shared_ptr<const Envelope> envelope;
    std::vector<std::uint32_t> recipients;  // indexes into envelope->recipients
    std::vector<std::string> addresses;     // where each goes after routing; same length
    std::string transport;                  // service name
    std::string nexthop;
    std::shared_ptr<ContentSource> content;
};

class DeliveryAgent {
public:
    virtual ~DeliveryAgent() = default;
    /// One outcome per request.recipients, in their order. Never throws but Cancelled; what is not known is deferred.
    virtual world::Task<std::vector<Outcome>> deliver(DeliveryRequest request) = 0;
    /// Envelope::only_asks(): what deliver() would meet, without delivering; `delivered` means that it could be. An agent that
    /// cannot tell says so and defers.
    virtual world::Task<std::vector<Outcome>> verify(DeliveryRequest request) {
        co_return std::vector<Outcome>(request.recipients.size(), Outcome::deferred("4.3.0", "transport " + request.transport + " cannot tell without delivering"));
    }
    /// Ends idle connections; deliveries under way are not disturbed.
    virtual world::Task<void> stop() = 0;
};

}  // namespace posthouse::mail
