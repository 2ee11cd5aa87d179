#pragma once
// CleanupIntake: the Intake door. Envelope and header are completed, limits are checked, then the spool commits.
#include <memory>

#include "cleanup/settings.hpp"
#include "mail/admission.hpp"
#include "mail/intake.hpp"
#include "mail/notifier.hpp"
#include "mail/router.hpp"
#include "mail/spool.hpp"
#include "observe/event.hpp"
#include "world/files.hpp"

namespace posthouse::cleanup {

class CleanupIntake final : public mail::Intake {
public:
    /// `settings` is a snapshot: messages finish with the one they began with.
    CleanupIntake(std::shared_ptr<const CleanupSettings> settings, mail::Spool& spool, mail::Admission& admission, const mail::Router& router,
                  mail::Notifier& notifier, observe::EventSink& events, world::Files& files, world::Clock& clock);

    std::unique_ptr<mail::IntakeSession> begin(mail::MailSource source, world::Core& home) override;
    [[nodiscard]] bool has_room(base::Bytes declared_size) const override;

private:
    std::shared_ptr<const CleanupSettings> settings_;
    mail::Spool& spool_;
    mail::Admission& admission_;
    const mail::Router& router_;
    mail::Notifier& notifier_;
    observe::EventSink& events_;
    world::Files& files_;
    world::Clock& clock_;
    // Free space is asked for once a second at most; one intake serves one core.
    mutable world::SteadyTime room_checked_{};
    mutable std::uint64_t free_bytes_ = ~std::uint64_t{0};
};

}  // namespace posthouse::cleanup
