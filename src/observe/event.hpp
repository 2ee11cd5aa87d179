#pragma once
// Events: what happens to mail, written once; the log in Postfix's grammar, metrics and reports are readers of them.
// Views are valid during EventSink::on only.
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

namespace posthouse::observe {

/// syslog_name of the service that speaks, with the Postfix program's name: "postfix/submission/smtpd".
using Speaker = std::string_view;

struct ClientConnected {
    std::string_view client;  // "localhost[127.0.0.1]"
};
struct ClientDisconnected {
    std::string_view client;
    std::string_view counts;  // "ehlo=1 mail=1 rcpt=1 data=1 quit=1 commands=5"
};
/// NOQUEUE or a queue id; "reject: RCPT from …: 554 5.7.1 …; from=<> to=<> proto= helo=<>".
struct Rejected {
    std::string_view queue_id;
    std::string_view action;  // "reject", "hold", "warn", …
    std::string_view text;
};
struct MessageStarted {  // "QID: client=localhost[127.0.0.1], sasl_method=…"
    std::string_view queue_id;
    std::string_view client;
    std::string_view sasl_method, sasl_username;
    std::string_view orig_queue_id, orig_client;  // as XFORWARD said
};
struct LocalSubmission {  // pickup: "QID: uid=0 from=<root>"
    std::string_view queue_id;
    std::uint32_t uid = 0;
    std::string_view sender;
};
struct MessageIdentified {  // cleanup: "QID: message-id=<…>"
    std::string_view queue_id;
    std::string_view message_id;
};
struct MessageActive {  // qmgr: "QID: from=<a@b>, size=1, nrcpt=1 (queue active)"
    std::string_view queue_id;
    std::string_view sender;
    std::uint64_t size = 0;
    std::size_t recipients = 0;
};
struct DeliveryAttempted {
    std::string_view queue_id;
    std::string_view recipient;
    std::string_view original_recipient;  // printed as orig_to=<…> if it differs from recipient
    std::string_view relay;
    double delay_seconds = 0;
    double delays_seconds[4] = {0, 0, 0, 0};
    std::string_view status_code;  // dsn=
    std::string_view status;       // "sent", "deferred", "bounced"
    std::string_view text;
    std::size_t connection_uses = 1;  // printed as conn_use= from the second message of a connection on
};
struct NotificationSent {  // bounce: "QID: sender non-delivery notification: QID2"
    std::string_view queue_id;
    std::string_view kind;  // "sender non-delivery notification"
    std::string_view notification_id;
};
struct MessageRemoved {
    std::string_view queue_id;
};
struct MessageExpired {  // qmgr: "QID: from=<a@b>, status=expired, returned to sender"
    std::string_view queue_id;
    std::string_view sender;
};
struct TlsEstablished {  // "Anonymous TLS connection established from localhost[127.0.0.1]: TLSv1.3 with cipher …"
    std::string_view text;
};
enum class Severity : std::uint8_t { info, warning, error, fatal, panic };
struct Remark {  // everything else; queue_id may be empty
    Severity severity = Severity::info;
    std::string_view queue_id;
    std::string_view text;
};

using Event = std::variant<ClientConnected, ClientDisconnected, Rejected, MessageStarted, LocalSubmission, MessageIdentified, MessageActive,
                           DeliveryAttempted, NotificationSent, MessageRemoved, MessageExpired, TlsEstablished, Remark>;

/// Callable from every core; never blocks on I/O.
class EventSink {
public:
    virtual ~EventSink() = default;
    virtual void on(Speaker speaker, const Event& event) = 0;

    void warn(Speaker speaker, std::string_view text) { on(speaker, Remark{Severity::warning, {}, text}); }
    void info(Speaker speaker, std::string_view text) { on(speaker, Remark{Severity::info, {}, text}); }
};

}  // namespace posthouse::observe
