#pragma once
// BounceNotifier: makes notifications and hands them in like any other mail. Callable on every core.
#include <functional>
#include <memory>

#include "bounce/notice_plan.hpp"
#include "bounce/settings.hpp"
#include "mail/intake.hpp"
#include "mail/notifier.hpp"
#include "observe/event.hpp"

namespace posthouse::bounce {

class BounceNotifier final : public mail::Notifier {
public:
    /// Asked at each notification, so that a reload reaches it.
    using SettingsSource = std::function<std::shared_ptr<const BounceSettings>()>;

    BounceNotifier(mail::Intake& intake, observe::EventSink& events, SettingsSource settings)
        : intake_(intake), events_(events), settings_(std::move(settings)) {}

    world::Task<base::Result<void>> notify(mail::Notification notification, world::Core& home) override;
    [[nodiscard]] bool tells_one_by_one(const mail::Envelope& envelope) const override;

private:
    world::Task<base::Result<void>> send(const mail::Notification& notification, const Notice& notice, const BounceSettings& settings,
                                         std::optional<mail::SpoolUpdate> mark, world::Core& home);
    world::Task<base::Result<void>> copy_content(const mail::Notification& notification, const Notice& notice, mail::IntakeSession& session);

    mail::Intake& intake_;
    observe::EventSink& events_;
    SettingsSource settings_;
};

}  // namespace posthouse::bounce
