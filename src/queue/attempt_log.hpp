#pragma once
// The log line of what became of one recipient: "to=<…>, relay=…, delay=…, status=sent (…)".
#include <string_view>

#include "mail/envelope.hpp"
#include "mail/outcome.hpp"
#include "mail/queue_id.hpp"
#include "observe/event.hpp"
#include "world/clock.hpp"

namespace posthouse::queue {

struct AttemptTimes {
    world::WallTime arrival;    // of the message
    world::WallTime activated;  // when it came into memory
    world::SteadyTime started;  // when the agent got it
};

void log_attempt(observe::EventSink& events, std::string_view label, mail::QueueId id, const mail::Envelope& envelope, std::uint32_t recipient,
                 const mail::Outcome& outcome, const AttemptTimes& times, const world::Clock& clock, std::string_view status = {});

}  // namespace posthouse::queue
