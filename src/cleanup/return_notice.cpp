#include "cleanup/return_notice.hpp"

#include "smtp/enhanced_status.hpp"

namespace posthouse::cleanup {

namespace {

using Reason = mail::IntakeRefusal::Reason;

class Written final : public mail::ContentSource {
public:
    explicit Written(mail::SpoolWriter& writer) : writer_(writer) {}
    world::Task<base::Result<std::unique_ptr<mail::ContentReader>>> open() override { return writer_.read_back(); }

private:
    mail::SpoolWriter& writer_;
};

mail::Outcome outcome_of(const mail::IntakeRefusal& refusal) {
    if (refusal.reason == Reason::too_many_hops) {
        return mail::Outcome::bounced("5.4.0", "too many hops");
    }
    const auto [status, words] = smtp::split_status(refusal.text);
    return mail::Outcome::bounced(status ? status->text() : "5.7.1", words.empty() ? "message content rejected" : std::string(words));
}

mail::Notification return_notice(mail::QueueId id, const mail::Envelope& envelope, const mail::IntakeRefusal& refusal, mail::SpoolWriter& content) {
    mail::Notification notice;
    notice.kind = mail::NotificationKind::failure;
    notice.id = id;
    notice.envelope = std::make_shared<const mail::Envelope>(envelope);
    for (const mail::Recipient& recipient : envelope.recipients) {
        notice.entries.push_back({recipient, outcome_of(refusal)});
    }
    notice.content = std::make_shared<Written>(content);
    return notice;
}

// "to=<…>, relay=none, …, status=bounced (…)".
void log_return(observe::EventSink& events, observe::Speaker speaker, const mail::Notification& notice, world::WallTime now) {
    const std::string id = notice.id.text();
    const double age = std::max(0.0, std::chrono::duration<double>(now - notice.envelope->arrival).count());
    for (const auto& [recipient, outcome] : notice.entries) {
        observe::DeliveryAttempted event;
        event.queue_id = id;
        event.recipient = recipient.address;
        event.original_recipient = recipient.original_address;
        event.relay = outcome.relay;
        event.delay_seconds = age;
        event.delays_seconds[0] = age;
        event.status_code = outcome.status;
        event.status = "bounced";
        event.text = outcome.text;
        events.on(speaker, event);
    }
}

}  // namespace

bool is_returnable(const mail::Envelope& envelope, const mail::IntakeRefusal& refusal) {
    const bool for_good = refusal.reason == Reason::rejected || refusal.reason == Reason::too_many_hops;
    return for_good && !envelope.reverse_path.is_null() && !envelope.recipients.empty() && !envelope.only_asks();
}

world::Task<mail::IntakeRefusal> return_to_sender(mail::QueueId id, const mail::Envelope& envelope, mail::IntakeRefusal refusal, mail::SpoolWriter& content, ReturnDoors doors) {
    mail::Notification notice = return_notice(id, envelope, refusal, content);
    log_return(doors.events, doors.label, notice, doors.home.clock.wall_now());
    world::Task<base::Result<void>> telling = doors.notifier.notify(std::move(notice), doors.home);
    const auto told = co_await world::uncancellable(std::move(telling));
    if (told) {
        refusal.reason = Reason::returned;
        co_return refusal;
    }
    const std::string id_text = id.text();
    const std::string text = "cannot return it to its sender, try again later: " + told.error().text;
    doors.events.on(doors.label, observe::Remark{observe::Severity::warning, id_text, text});
    co_return mail::IntakeRefusal{Reason::spool_failure, told.error().text};
}

}  // namespace posthouse::cleanup
