#include "deliver/smtp/client_notice.hpp"

#include "base/format.hpp"
#include "base/text.hpp"
#include "smtp/address.hpp"

namespace posthouse::deliver {
namespace {

world::Task<void> send(std::string server, std::string transcript, const NoticeDoors& doors, const SmtpSettings& settings,
                       observe::EventSink& events) {
    const auto intake = doors.intake->begin(mail::MailSource::notification, *doors.core);
    const auto now = doors.core->clock.wall_now();
    mail::Recipient recipient;
    recipient.address = settings.error_notice_recipient;
    ClientNoticeFacts facts{.myhostname = settings.myhostname, .mail_name = settings.mail_name, .queue_id = intake->queue_id()};
    facts.date = message::mail_date(now, doors.zone ? doors.zone(now) : message::Zone{});
    facts.recipient = smtp::quote_address(doors.router->rewrite(recipient.address));
    facts.server = std::move(server);
    facts.transcript = transcript;
    recipient.original_recipient = "rfc822;" + facts.recipient;
    mail::Envelope envelope;
    envelope.reverse_path = mail::ReversePath(settings.double_bounce_sender + "@" + settings.myhostname);
    envelope.recipients.push_back(std::move(recipient));
    envelope.arrival = now;
    const std::string notice = client_notice(facts);
    intake->set_envelope(std::move(envelope));
    co_await intake->write(notice);
    const auto committed = co_await intake->finish();
    if (!committed) {
        events.warn(settings.speaker, "notice to " + settings.error_notice_recipient + " not sent: see the messages before this one");
    }
}

}  // namespace

std::string client_notice(const ClientNoticeFacts& facts) {
    std::string out = base::format("Received: by {} ({})\r\n\tid {}; {}\r\n", facts.myhostname, facts.mail_name, facts.queue_id.text(), facts.date);
    out += base::format("Date: {}\r\nFrom: Mail Delivery System <MAILER-DAEMON@{}>\r\nTo: Postmaster <{}>\r\n", facts.date, facts.myhostname, facts.recipient);
    out += base::format("Subject: {} SMTP client: errors from {}\r\n\r\n", facts.mail_name, facts.server);
    out += "A server did not understand this one, or the other way round. This is what was said: our commands as \"Out\" and the\r\nserver's replies as \"In\".\r\n\r\n";
    out += facts.transcript;
    return out + "\r\nThe mail log has the details.\r\n";
}

world::Task<void> complain(Session& session, const mail::Envelope& about, const NoticeDoors& doors, const SmtpSettings& settings,
                           observe::EventSink& events) {
    if (session.transcript == nullptr) {
        co_return;
    }
    const Transcript::Trouble trouble = session.transcript->trouble();
    const bool wanted = (trouble == Transcript::Trouble::protocol && settings.notify_protocol) ||
                        (trouble == Transcript::Trouble::resource && settings.notify_resource);
    // A notice that meets the same trouble makes no other one.
    const bool is_notice = about.reverse_path.is_null() ||
                           base::iequals(about.reverse_path.address(), settings.double_bounce_sender + "@" + settings.myhostname);
    std::string transcript = session.transcript->text();
    session.transcript->clear();
    if (wanted && !is_notice) {
        std::string server = session.peer.relay();
        co_await send(std::move(server), std::move(transcript), doors, settings, events);
    }
}

}  // namespace posthouse::deliver
