// submit: sendmail hands in a message; "ok" is sent after it is on stable storage.
#include "control/admin_session.hpp"
#include "control/line_normalizer.hpp"
#include "mail/submission.hpp"

namespace posthouse::control {
namespace {

std::string_view refusal_kind(mail::IntakeRefusal::Reason reason) {
    switch (reason) {
        case mail::IntakeRefusal::Reason::message_too_big: return "too-big";
        case mail::IntakeRefusal::Reason::too_many_hops:
        case mail::IntakeRefusal::Reason::returned:
        case mail::IntakeRefusal::Reason::rejected: return "rejected";
        case mail::IntakeRefusal::Reason::insufficient_storage: return "no-space";
        case mail::IntakeRefusal::Reason::rejected_for_now: return "later";
        case mail::IntakeRefusal::Reason::spool_failure: return "try-again";
    }
    return "try-again";
}

std::string refusal_text(const mail::IntakeRefusal& refusal) {
    if (!refusal.text.empty()) {
        return refusal.text;
    }
    switch (refusal.reason) {
        case mail::IntakeRefusal::Reason::message_too_big: return "message file too big";
        case mail::IntakeRefusal::Reason::too_many_hops: return "too many hops";
        case mail::IntakeRefusal::Reason::rejected:
        case mail::IntakeRefusal::Reason::returned:
        case mail::IntakeRefusal::Reason::rejected_for_now: return "message content rejected";
        case mail::IntakeRefusal::Reason::insufficient_storage: return "queue file system is full";
        case mail::IntakeRefusal::Reason::spool_failure: return "queue file write error";
    }
    return "queue file write error";
}

}  // namespace

world::Task<AdminSession::Next> AdminSession::submit() {
    mail::SubmissionDecoder decoder;
    for (;;) {
        const auto line = co_await stream_.read_line(mail::record_length_max, reading());
        if (!line) {
            co_return Next::close;
        }
        const auto state = decoder.feed(line->text);
        if (line->too_long || !state) {
            const base::Error why = state ? base::Error{base::ErrorKind::limit, "submission: line too long"} : state.error();
            co_await error(why);
            co_return Next::close;
        }
        if (*state == mail::SubmissionDecoder::State::content_follows) {
            break;
        }
    }
    mail::Submission& submission = decoder.submission();
    world::Task<base::Result<void>> judging = judge_user(LocalRight::submit, submission.envelope.reverse_path.address());
    if (const auto allowed = co_await std::move(judging); !allowed) {
        const bool for_good = allowed.error().kind == base::ErrorKind::permission;
        co_await refuse(for_good ? base::ErrorKind::permission : base::ErrorKind::unavailable, allowed.error().text);
        co_return Next::close;
    }
    submission.uid = stream_.stream().peer_user().value_or(submission.uid);
    if (!services_.intake.has_room({submission.content_size})) {
        co_await refuse(base::ErrorKind::no_space, "queue file system is full");
        co_return Next::close;
    }
    auto intake = services_.intake.begin(mail::MailSource::pickup, services_.home);
    const std::string id = intake->queue_id().text();
    services_.events.on(services_.syslog_name + "/pickup",
                        observe::LocalSubmission{id, submission.uid, submission.envelope.reverse_path.address()});
    submission.envelope.arrival = services_.home.clock.wall_now();
    intake->set_envelope(std::move(submission.envelope));
    if (services_.callbacks.received_header) {
        const std::string received = services_.callbacks.received_header(intake->queue_id(), submission.uid);
        co_await intake->write(received);
    }
    LineNormalizer normalizer;
    for (std::uint64_t left = submission.content_size; left > 0;) {
        if (stream_.buffered().empty()) {
            const auto more = co_await stream_.fill(reading());
            if (!more || !*more) {
                co_return Next::close;  // not finished: the message never was
            }
        }
        const std::size_t count = static_cast<std::size_t>(std::min<std::uint64_t>(stream_.buffered().size(), left));
        const std::string block = normalizer.feed(stream_.buffered().substr(0, count));
        stream_.consume(count);
        left -= count;
        co_await intake->write(block);
    }
    const std::string rest = normalizer.finish();
    co_await intake->write(rest);
    const auto committed = co_await intake->finish();
    if (!committed && committed.error().reason == mail::IntakeRefusal::Reason::returned) {
        mail::Record taken("ok");  // sendmail(1) does not wait for what becomes of its mail: the sender reads it in a notice
        taken.add("id", id);
        co_return co_await ok(std::move(taken));
    }
    if (!committed) {
        mail::Record reply("error");
        reply.add("kind", std::string(refusal_kind(committed.error().reason))).add("text", refusal_text(committed.error()));
        co_return co_await ok(std::move(reply));
    }
    mail::Record reply("ok");
    reply.add("id", committed->queue_id().text());
    co_return co_await ok(std::move(reply));
}

}  // namespace posthouse::control
