// Session: the notice to the postmaster about errors of the kinds in notify_classes.
#include "message/date.hpp"
#include "receive/postmaster_notice.hpp"
#include "receive/session.hpp"
#include "smtp/address.hpp"

namespace posthouse::receive {

void Session::note_reply(const smtp::Reply& reply, std::string_view wire) {
    if (settings_.notify_classes.empty()) {
        return;
    }
    errors_met_.add(error_class_of(reply));
    transcript_.said(wire);
}

world::Task<void> Session::complain() {
    // A service that refuses everybody says so in the log; a mail for each client that tries would help nobody.
    if (errors_met_.shares(settings_.notify_classes) && !service_->stand_alone && service_->cannot_serve.empty()) {
        co_await send_notice();
    }
    errors_met_ = {};
    transcript_.clear();
}

world::Task<void> Session::send_notice() {
    const auto intake = doors_.intake.begin(mail::MailSource::notification, doors_.core);
    const auto now = doors_.core.clock.wall_now();
    mail::Recipient recipient;
    recipient.address = settings_.error_notice_recipient;
    const std::string complete = smtp::quote_address(doors_.router.rewrite(recipient.address));
    recipient.original_recipient = "rfc822;" + complete;
    mail::Envelope envelope;
    envelope.reverse_path = mail::ReversePath(settings_.double_bounce_sender + "@" + settings_.myhostname);
    envelope.recipients.push_back(std::move(recipient));
    envelope.arrival = now;
    NoticeFacts about{.myhostname = settings_.myhostname, .mail_name = settings_.mail_name, .queue_id = intake->queue_id()};
    about.date = message::mail_date(now, service_->zone ? service_->zone(now) : message::Zone{});
    about.recipient = complete;
    about.client = client_text();
    about.transcript = transcript_.text();
    about.ended = ended_;
    const std::string notice = postmaster_notice(about);
    intake->set_envelope(std::move(envelope));
    co_await intake->write(notice);
    const auto committed = co_await intake->finish();
    if (!committed) {
        doors_.events.warn(settings_.label, "notice to " + settings_.error_notice_recipient + " not sent: see the messages before this one");
    }
}

}  // namespace posthouse::receive
