#pragma once
// Mail of local programs that is refused for good goes back to its sender, as cleanup(8) does it for pickup(8): nobody waits for
// a reply any more.
#include <memory>

#include "mail/intake.hpp"
#include "mail/notifier.hpp"
#include "mail/spool.hpp"
#include "observe/event.hpp"

namespace posthouse::cleanup {

/// Whether the sender can be told, and is the one to be told: not of what may pass later, and not of a notification.
[[nodiscard]] bool is_returnable(const mail::Envelope& envelope, const mail::IntakeRefusal& refusal);

struct ReturnDoors {
    observe::EventSink& events;
    const std::string& label;  // of the log
    mail::Notifier& notifier;
    world::Core& home;
};

/// Tells the sender of the failure of every recipient, with the reason of the check or milter and what was written to `content`; the log has a line
/// for each. The result is what the program's side hears: `returned` once the notice is durable, else a reason to try again. Not cancellable.
[[nodiscard]] world::Task<mail::IntakeRefusal> return_to_sender(mail::QueueId id, const mail::Envelope& envelope, mail::IntakeRefusal refusal, mail::SpoolWriter& content, ReturnDoors doors);

}  // namespace posthouse::cleanup
