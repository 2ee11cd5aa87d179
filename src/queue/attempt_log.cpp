#include "queue/attempt_log.hpp"

namespace posthouse::queue {

namespace {

double seconds(auto duration) { return std::chrono::duration<double>(duration).count(); }

std::string_view status_word(mail::Outcome::Kind kind, const mail::Envelope& envelope) {
    if (envelope.only_asks()) {
        return kind == mail::Outcome::Kind::delivered ? "deliverable" : "undeliverable";
    }
    switch (kind) {
        case mail::Outcome::Kind::delivered: return "sent";
        case mail::Outcome::Kind::deferred: return "deferred";
        case mail::Outcome::Kind::bounced: return "bounced";
    }
    return "deferred";
}

}  // namespace

void log_attempt(observe::EventSink& events, std::string_view label, mail::QueueId id, const mail::Envelope& envelope, std::uint32_t recipient,
                 const mail::Outcome& outcome, const AttemptTimes& times, const world::Clock& clock, std::string_view status) {
    const auto now = clock.wall_now();
    const auto running = std::chrono::duration_cast<std::chrono::microseconds>(clock.now() - times.started);
    const auto started = now - running;
    observe::DeliveryAttempted event;
    const std::string id_text = id.text();
    event.queue_id = id_text;
    event.recipient = envelope.recipients[recipient].address;
    event.original_recipient = envelope.recipients[recipient].original_address;
    event.relay = outcome.relay;
    event.connection_uses = outcome.connection_uses;
    event.delay_seconds = seconds(now - times.arrival);
    event.delays_seconds[0] = seconds(times.activated - times.arrival);
    event.delays_seconds[1] = std::max(0.0, seconds(started - times.activated));
    event.delays_seconds[2] = seconds(outcome.connection_delay);
    event.delays_seconds[3] = seconds(outcome.transmission_delay);
    event.status_code = outcome.status;
    event.status = status.empty() ? status_word(outcome.kind, envelope) : status;
    event.text = outcome.text;
    events.on(label, event);
}

}  // namespace posthouse::queue
