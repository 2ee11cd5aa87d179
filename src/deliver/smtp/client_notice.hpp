#pragma once
// The message to the postmaster about a session in which something went wrong that is not the mail's fault.
#include <functional>
#include <string>

#include "deliver/smtp/session.hpp"
#include "deliver/smtp/settings.hpp"
#include "mail/intake.hpp"
#include "mail/router.hpp"
#include "message/date.hpp"
#include "observe/event.hpp"
#include "world/cores.hpp"

namespace posthouse::deliver {

/// Where notices go in. Null: there are none.
struct NoticeDoors {
    mail::Intake* intake = nullptr;
    const mail::Router* router = nullptr;
    world::Core* core = nullptr;
    std::function<message::Zone(world::WallTime)> zone;  // unset: UTC
};

struct ClientNoticeFacts {
    std::string myhostname, mail_name;
    mail::QueueId queue_id;
    std::string date;
    std::string recipient;  // external form
    std::string server;     // "mx.example.net[127.0.0.1]:25"
    std::string_view transcript;
};
/// CRLF lines, from Received on. Pure.
[[nodiscard]] std::string client_notice(const ClientNoticeFacts& facts);

/// Sends what the session's transcript calls for, and begins a new transcript. Not about mail whose failures nobody hears of.
[[nodiscard]] world::Task<void> complain(Session& session, const mail::Envelope& about, const NoticeDoors& doors,
                                         const SmtpSettings& settings, observe::EventSink& events);

}  // namespace posthouse::deliver
