#pragma once
// One mail transaction (RFC 5321 §3.3): what MAIL, RCPT and BDAT have gathered so far. RSET is a fresh one.
#include <memory>
#include <optional>

#include "mail/envelope.hpp"
#include "mail/intake.hpp"
#include "receive/restrictions/message_changes.hpp"
#include "smtp/dot_reader.hpp"
#include "smtp/reply.hpp"

namespace posthouse::receive {

class ProxyFilter;

struct MailTransaction {
    bool has_sender = false;
    mail::Envelope envelope;
    std::string sender_as_given;        // external form without brackets, for the log
    std::string sasl_sender;            // AUTH= of MAIL (RFC 4954 §5), for policy servers
    std::string instance;               // what policy servers know the transaction by; empty: none was asked
    base::Bytes declared_size{0};
    std::size_t recipients_tried = 0;
    std::size_t recipients_overshot = 0;  // refused because of smtpd_recipient_limit
    std::unique_ptr<mail::Milters> local_milters;  // of a stand-alone session; outlive the intake
    std::unique_ptr<mail::IntakeSession> intake;  // from the first accepted recipient on
    ProxyFilter* filter = nullptr;                // the intake, if it is a before-queue filter
    std::string mail_command;                     // for that filter, as the client gave it
    std::optional<smtp::DotReader> chunks;        // inside BDAT
    std::uint64_t chunk_bytes = 0;
    std::uint64_t content_bytes = 0;              // of mail data that came so far, for the log
    bool bare_newline_refused = false;            // the mail data had one, and smtpd_forbid_bare_newline = reject
    bool chunk_refused = false;                   // every further chunk is dropped, until BDAT LAST or RSET
    std::optional<smtp::Reply> defer_if_permit;  // smtpd_delay_reject = no: of the lists before RCPT's
    MessageChanges changes;                      // what access lists and milters want done to the message
    bool discarded_by_list = false;              // no list is asked any more
};

}  // namespace posthouse::receive
