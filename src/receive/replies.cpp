#include "receive/replies.hpp"

#include "base/format.hpp"

namespace posthouse::receive::replies {

using smtp::Reply;

Reply greeting(std::string_view banner) { return Reply::make(220, banner); }
Reply ok() { return Reply::make(250, "2.0.0 Ok"); }
Reply sender_ok() { return Reply::make(250, "2.1.0 Ok"); }
Reply recipient_ok() { return Reply::make(250, "2.1.5 Ok"); }
Reply bye() { return Reply::make(221, "2.0.0 Bye"); }
Reply start_mail_input() { return Reply::make(354, "End data with <CR><LF>.<CR><LF>"); }
Reply accepted(const mail::Committed& committed) { return Reply::make(250, "2.0.0 Ok: queued as " + committed.queue_id().text()); }
Reply accepted_chunks(const mail::Committed& committed, std::uint64_t bytes) {
    return Reply::make(250, base::format("2.0.0 Ok: {} bytes queued as {}", bytes, committed.queue_id().text()));
}
Reply chunk_received(std::uint64_t bytes) { return Reply::make(250, base::format("2.0.0 Ok: {} bytes", bytes)); }

Reply refused(const mail::IntakeRefusal& refusal) {
    using Reason = mail::IntakeRefusal::Reason;
    switch (refusal.reason) {
        case Reason::message_too_big: return Reply::make(552, "5.3.4 Error: message file too big");
        case Reason::too_many_hops: return Reply::make(554, "5.4.0 Error: too many hops");
        case Reason::insufficient_storage: return insufficient_storage();
        case Reason::spool_failure: return Reply::make(451, "4.3.0 Error: queue file write error");
        case Reason::returned:
        case Reason::rejected: return refusal.reply.value_or(Reply::make(550, refusal.text));
        case Reason::rejected_for_now: return refusal.reply.value_or(Reply::make(450, refusal.text));
    }
    return Reply::make(451, "4.3.0 Error: queue file write error");
}

Reply not_recognized() { return Reply::make(500, "5.5.2 Error: command not recognized"); }
Reply not_implemented() { return Reply::make(502, "5.5.1 Error: command not implemented"); }
Reply out_of_step() { return Reply::make(554, "5.5.0 Error: SMTP protocol synchronization"); }

Reply cannot_break_rules() { return Reply::make(221, "2.7.0 Error: I can break rules, too. Goodbye."); }
Reply must_start_tls() { return Reply::make(530, "5.7.0 Must issue a STARTTLS command first"); }
Reply too_many_errors(std::string_view myhostname) { return Reply::make(421, base::format("4.7.0 {} Error: too many errors", myhostname)); }
Reply timeout_exceeded(std::string_view myhostname) { return Reply::make(421, base::format("4.4.2 {} Error: timeout exceeded", myhostname)); }
Reply shutting_down(std::string_view myhostname) { return Reply::make(421, base::format("4.3.2 {} Service shutting down", myhostname)); }
Reply too_many_connections(std::string_view myhostname, std::string_view address) {
    return Reply::make(421, base::format("4.7.0 {} Error: too many connections from {}", myhostname, address));
}
Reply connection_rate_exceeded(std::string_view myhostname, std::string_view address) {
    return Reply::make(421, base::format("4.7.0 {} Error: too many connections from {}", myhostname, address));
}
Reply configuration_error(std::string_view myhostname) { return Reply::make(421, base::format("4.3.5 {} Server configuration error", myhostname)); }
Reply local_error(std::string_view myhostname) { return Reply::make(421, base::format("4.3.0 {} Server local error", myhostname)); }
Reply undeclared_smtputf8() { return Reply::make(553, "5.6.7 Must declare SMTPUTF8 to send unicode address"); }
Reply local_data_error(std::string_view myhostname) { return Reply::make(421, base::format("4.3.0 {} Server local data error", myhostname)); }
Reply insufficient_storage() { return Reply::make(452, "4.3.1 Insufficient system storage"); }
Reply message_too_big() { return Reply::make(552, "5.3.4 Message size exceeds fixed limit"); }

}  // namespace posthouse::receive::replies
