#include "bounce/notifier.hpp"

#include <utility>

#include "bounce/dsn_message.hpp"

namespace posthouse::bounce {
namespace {

std::string_view log_kind(mail::NotificationKind kind, Audience audience) {
    const bool postmaster = audience == Audience::postmaster;
    switch (kind) {
        case mail::NotificationKind::failure: return postmaster ? "postmaster non-delivery notification" : "sender non-delivery notification";
        case mail::NotificationKind::delay: return postmaster ? "postmaster delay notification" : "sender delay notification";
        case mail::NotificationKind::success:
        case mail::NotificationKind::delay_cleared:
        case mail::NotificationKind::report: return postmaster ? "postmaster delivery status notification" : "sender delivery status notification";
    }
    return "sender non-delivery notification";
}

mail::Envelope envelope_for(const mail::Notification& notification, const Notice& notice, world::WallTime now) {
    mail::Envelope envelope;
    envelope.reverse_path = notice.reverse_path;
    mail::Recipient recipient;
    recipient.address = notice.to;
    recipient.original_address = notice.to;
    recipient.original_recipient = "rfc822;" + notice.to;
    envelope.recipients.push_back(std::move(recipient));
    envelope.body = mail::BodyType::eight_bit_mime;
    envelope.smtputf8 = notification.envelope->smtputf8;
    envelope.arrival = now;
    return envelope;
}

// Damaged or gone for good: waiting for the content would keep the sender from ever hearing of the failure.
bool is_lost(const base::Error& error) { return error.kind == base::ErrorKind::not_found || error.kind == base::ErrorKind::invalid; }

}  // namespace

bool BounceNotifier::tells_one_by_one(const mail::Envelope& envelope) const { return !envelope.verp_delimiters.empty() && !settings_()->disable_verp_bounces; }

world::Task<base::Result<void>> BounceNotifier::notify(mail::Notification notification, world::Core& home) {
    const std::shared_ptr<const BounceSettings> settings = settings_();
    const NoticePlan plan = plan_notices(notification, *settings);
    const std::string speaker = settings->syslog_name + "/bounce";
    const std::string id = notification.id.text();
    if (plan.discarded) {
        events_.on(speaker, observe::Remark{observe::Severity::warning, id, "undeliverable postmaster notification discarded"});
    }
    bool is_copy = false;
    for (const Notice& notice : plan.notices) {
        // The sender's own message, or the postmaster's if there is no other.
        std::optional<mail::SpoolUpdate> mark = is_copy ? std::nullopt : std::exchange(notification.mark, std::nullopt);
        world::Task<base::Result<void>> sending = send(notification, notice, *settings, std::move(mark), home);
        const base::Result<void> sent = co_await std::move(sending);
        if (!sent && !is_copy) {
            co_return sent;
        }
        if (!sent) {
            // Trying again would tell the sender twice.
            const std::string text = "postmaster notification not sent: " + sent.error().text;
            events_.on(speaker, observe::Remark{observe::Severity::warning, id, text});
        }
        is_copy = true;
    }
    co_return base::Result<void>{};
}

world::Task<base::Result<void>> BounceNotifier::send(const mail::Notification& notification, const Notice& notice, const BounceSettings& settings,
                                                     std::optional<mail::SpoolUpdate> mark, world::Core& home) {
    const std::unique_ptr<mail::IntakeSession> session = intake_.begin(mail::MailSource::notification, home);
    const DsnFacts facts{session->queue_id(), home.clock.wall_now()};
    session->set_envelope(envelope_for(notification, notice, facts.now));
    const DsnFrame frame = compose_dsn(notification, notice, facts, settings);
    co_await session->write(frame.before);
    const base::Result<void> copied = co_await copy_content(notification, notice, *session);
    if (!copied && !is_lost(copied.error())) {
        co_return copied;
    }
    if (!copied) {
        const std::string text = "the notification lacks the message: " + copied.error().text;
        events_.on(settings.syslog_name + "/bounce", observe::Remark{observe::Severity::warning, notification.id.text(), text});
    }
    co_await session->write(frame.after);
    if (mark) {
        session->take_along(std::move(*mark));
    }
    const auto committed = co_await session->finish();
    if (!committed) {
        co_return base::fail(base::ErrorKind::unavailable, committed.error().text.empty() ? "notification not accepted" : committed.error().text);
    }
    const std::string id = notification.id.text();
    const std::string notification_id = committed->queue_id().text();
    events_.on(settings.syslog_name + "/bounce", observe::NotificationSent{id, log_kind(notification.kind, notice.audience), notification_id});
    co_return base::Result<void>{};
}

world::Task<base::Result<void>> BounceNotifier::copy_content(const mail::Notification& notification, const Notice& notice,
                                                             mail::IntakeSession& session) {
    if (notification.content == nullptr) {
        co_return base::Result<void>{};
    }
    const auto reader = co_await notification.content->open();
    if (!reader) {
        co_return std::unexpected(reader.error());
    }
    HeaderOnly header;
    for (;;) {
        const auto block = co_await (*reader)->next();
        if (!block) {
            co_return std::unexpected(block.error());
        }
        if (*block == nullptr) {
            co_return base::Result<void>{};
        }
        const std::string_view bytes = **block;
        const std::size_t count = notice.returned == Returned::full ? bytes.size() : header.feed(bytes);
        const std::string_view part = bytes.substr(0, count);
        co_await session.write(part);
        if (header.ended()) {
            co_return base::Result<void>{};
        }
    }
}

}  // namespace posthouse::bounce
