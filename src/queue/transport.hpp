#pragma once
// A delivery transport of this configuration on one core, and how the queue finds it. app/ makes them from master.cf.
#include <memory>
#include <string>
#include <string_view>

#include "mail/delivery_agent.hpp"
#include "queue/settings.hpp"

namespace posthouse::queue {

struct Transport {
    std::string name;   // master.cf service name
    std::string label;  // log speaker: "postfix/smtp"
    TransportSettings settings;
    std::shared_ptr<mail::DeliveryAgent> agent;
};

class Transports {
public:
    virtual ~Transports() = default;
    /// As it serves deliveries on `core`. Null: there is no such service. Deliveries keep what they got through a reload.
    [[nodiscard]] virtual std::shared_ptr<const Transport> find(std::string_view name, std::size_t core) const = 0;
};

}  // namespace posthouse::queue
