#include "sim/oracles/attempt_judge.hpp"

#include "base/format.hpp"

namespace posthouse::sim {

namespace {
// The log rounds, and an outcome is logged a moment before the due time is worked out.
constexpr std::chrono::seconds margin{2};
constexpr std::chrono::minutes attempt_time_max{30};
}  // namespace

void AttemptJudge::on(const observe::Event& event) {
    if (const auto* started = std::get_if<observe::MessageActive>(&event)) {
        active(*started);
    } else if (const auto* outcome = std::get_if<observe::DeliveryAttempted>(&event)) {
        attempted(*outcome);
    } else if (const auto* end = std::get_if<observe::MessageExpired>(&event)) {
        expired(*end);
    } else if (const auto* notice = std::get_if<observe::NotificationSent>(&event)) {
        notified(*notice);
    } else if (const auto* removed = std::get_if<observe::MessageRemoved>(&event)) {
        if (const auto found = messages_.find(removed->queue_id); found != messages_.end()) {
            settle_warnings(found->second);
            messages_.erase(found);
        }
    }
}

std::chrono::seconds AttemptJudge::lifetime(const Message& message) const {
    return message.sender.empty() ? std::min(times_.bounce_queue_lifetime, times_.maximal_queue_lifetime) : times_.maximal_queue_lifetime;
}

void AttemptJudge::complain(std::string problem) {
    scheduler_.note(problem);
    ledger_.complain(std::move(problem));
}

void AttemptJudge::active(const observe::MessageActive& event) {
    if (const auto found = withdrawn_.find(event.queue_id); found != withdrawn_.end()) {
        complain(base::format("{} from <{}> is tried although it was {}", event.queue_id, event.sender, found->second == Withdrawn::held ? "put on hold" : "removed"));
    }
    Message& message = messages_[std::string(event.queue_id)];
    message.sender = event.sender;
    if (message.deferred && scheduler_.wall_now() + margin < message.not_before) {
        const auto early = std::chrono::duration_cast<std::chrono::seconds>(message.not_before - scheduler_.wall_now());
        complain(base::format("{} from <{}> is tried {} s before its time", event.queue_id, event.sender, early.count()));
    }
    settle_warnings(message);
    if (message.overdue && !meddled_.contains(event.queue_id)) {
        complain(base::format("{} from <{}> is tried again at an age of {:.0f} s", event.queue_id, event.sender, message.age));
    }
    message.deferred = message.overdue = false;
    message.not_before = {};
    message.deferred_recipients.clear();
}

void AttemptJudge::attempted(const observe::DeliveryAttempted& event) {
    const std::string recipient(event.recipient);
    if (event.status == "bounced") {
        ledger_.given_up(key_of_address(recipient), recipient);
    }
    if (event.status == "bounced" && event.status_code == "5.6.7" && recipient.ends_with("-s@client.example")) {
        ledger_.notification_expired(key_of_address(recipient));  // about an international address, to a server that knows none
    }
    const auto found = messages_.find(event.queue_id);
    if (found == messages_.end()) {
        return;
    }
    Message& message = found->second;
    message.age = event.delay_seconds;
    if (event.status != "deferred") {
        return;
    }
    message.deferred_recipients[recipient] = true;
    message.deferred = true;
    const auto age = std::chrono::seconds(static_cast<std::int64_t>(event.delay_seconds));
    message.not_before = scheduler_.wall_now() + std::clamp(age, times_.minimal_backoff_time, times_.maximal_backoff_time);
    message.said = scheduler_.now();
    message.overdue = age >= lifetime(message) + margin;
    if (times_.delay_warning_time.count() > 0 && age >= times_.delay_warning_time + margin) {
        message.late_recipients.insert(recipient);
    }
}

void AttemptJudge::expired(const observe::MessageExpired& event) {
    const auto found = messages_.find(event.queue_id);
    if (found == messages_.end()) {
        return;
    }
    Message& message = found->second;
    const double allowed = std::chrono::duration<double>(lifetime(message) - margin).count();
    if (message.age < allowed && !meddled_.contains(event.queue_id)) {
        // Its age was logged with the first outcome of the attempt, and an attempt may take long.
        constexpr double attempt_max = 3600;
        if (message.age + attempt_max < allowed) {
            complain(base::format("{} from <{}> expired at an age of {:.0f} s", event.queue_id, event.sender, message.age));
        }
    }
    message.late_recipients.clear();
    for (const auto& [recipient, deferred] : message.deferred_recipients) {
        ledger_.given_up(key_of_address(recipient), recipient);
        if (message.sender.empty()) {
            ledger_.notification_expired(key_of_address(recipient));
        }
    }
    message.overdue = message.deferred = false;
}

void AttemptJudge::settle_warnings(Message& message) {
    if (message.sender.empty()) {
        message.late_recipients.clear();  // nobody to warn
    }
    for (const std::string& recipient : message.late_recipients) {
        ledger_.delay_is_due(key_of_address(recipient), recipient);
    }
    message.late_recipients.clear();
}

void AttemptJudge::notified(const observe::NotificationSent& event) {
    const auto withdrawn = withdrawn_.find(event.queue_id);
    if (withdrawn != withdrawn_.end() && withdrawn->second == Withdrawn::removed && event.kind.starts_with("sender ")) {
        complain(base::format("{}: a {} although it was removed", event.queue_id, event.kind));
    }
    const auto found = messages_.find(event.queue_id);
    if (found == messages_.end() || event.kind != "sender delay notification") {
        return;
    }
    const double age = found->second.age + std::chrono::duration<double>(scheduler_.now() - found->second.said).count();
    const double allowed = std::chrono::duration<double>(times_.delay_warning_time - margin).count();
    if (times_.delay_warning_time.count() == 0 || age < allowed) {
        complain(base::format("{} from <{}>: a delay is reported at an age of {:.0f} s, delay_warning_time is {}", event.queue_id, found->second.sender, age,
                               times_.delay_warning_time.count()));
    }
}

void AttemptJudge::disk_fails() {
    ledger_.disk_failed(scheduler_.now());
    for (auto& [id, message] : messages_) {
        message.late_recipients.clear();
        message.deferred = message.overdue = false;
    }
}

void AttemptJudge::flushed() {
    for (auto& [id, message] : messages_) {
        message.deferred = false;
    }
}

void AttemptJudge::clock_jumped() {
    for (auto& [id, message] : messages_) {
        const bool recent = scheduler_.now() - message.said < attempt_time_max;
        message.deferred = message.deferred && !recent;
        message.overdue = message.overdue && !recent;
        if (recent) {
            message.late_recipients.clear();
        }
    }
}

void AttemptJudge::crashed() {
    for (auto& [id, message] : messages_) {
        if (scheduler_.now() - message.said < attempt_time_max) {
            message.late_recipients.clear();
        }
    }
    std::erase_if(messages_, [this](const auto& entry) { return !entry.second.deferred || scheduler_.now() - entry.second.said < attempt_time_max; });
}

void AttemptJudge::meddled(const std::string& queue_id) {
    meddled_.insert(queue_id);
    withdrawn_.erase(queue_id);
    if (const auto found = messages_.find(queue_id); found != messages_.end()) {
        found->second.deferred = false;
    }
}

void AttemptJudge::withdrawn(const std::string& queue_id, Withdrawn how) {
    withdrawn_[queue_id] = how;
    if (const auto found = messages_.find(queue_id); found != messages_.end()) {
        found->second.late_recipients.clear();
    }
}

}  // namespace posthouse::sim
