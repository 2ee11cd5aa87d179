#pragma once
// CachedVerifier: answers from the cache, and probes what is not there or no longer fresh. Lives on its home core; verify() may be
// called on every core.
#include <functional>
#include <memory>
#include <unordered_map>

#include "mail/prober.hpp"
#include "mail/record_journal.hpp"
#include "mail/router.hpp"
#include "observe/event.hpp"
#include "verify/address_cache.hpp"
#include "world/signal.hpp"
#include "world/task_group.hpp"

namespace posthouse::verify {

class CachedVerifier final : public mail::AddressVerifier {
public:
    struct Doors {
        std::function<mail::Prober&()> prober;  // asked for when there is something to ask
        const mail::Router& router;
        observe::EventSink& events;
        world::Files& files;
        world::BlockingPool& pool;
        world::Core& home;
    };
    /// Asked at each question, so that a reload is noticed; address_verify_map is read once.
    using SettingsSource = std::function<std::shared_ptr<const VerifySettings>()>;

    CachedVerifier(Doors doors, SettingsSource settings) : doors_(std::move(doors)), settings_(std::move(settings)) {}

    world::Task<mail::Verification> verify(std::string address, std::chrono::seconds patience, world::Core& asker) override;
    /// On the home core, when nobody asks any more. Probes under way are given up; what was found out is written down.
    world::Task<void> stop();

private:
    struct Pending {
        std::optional<mail::Verification> answer;
        world::Signal ended;
    };
    using Cell = std::shared_ptr<world::OneShot<mail::Verification>>;

    world::Task<void> answer_elsewhere(std::string address, std::chrono::seconds patience, world::Core& asker, Cell cell);
    /// Whatever happens: who asks hears an answer.
    world::Task<mail::Verification> answer(std::string address, std::chrono::seconds patience);
    world::Task<mail::Verification> find_answer(std::string address, std::chrono::seconds patience);
    std::shared_ptr<Pending> begin_probe(const std::string& address, const VerifySettings& settings);
    world::Task<void> probe(std::string address, std::shared_ptr<Pending> pending);
    world::Task<mail::Verification> wait_for(std::shared_ptr<Pending> pending, std::chrono::seconds patience);

    // the file
    /// False: it could not be read this time. The next question tries again.
    world::Task<bool> be_ready();
    world::Task<void> load();
    world::Task<void> read_file();
    world::Task<void> keep_clean();

    Doors doors_;
    SettingsSource settings_;
    AddressCache cache_;
    std::unordered_map<std::string, std::shared_ptr<Pending>> pending_;

    enum class Readiness : std::uint8_t { unread, reading, ready } readiness_ = Readiness::unread;
    world::Signal loaded_;
    std::unique_ptr<mail::RecordJournal> journal_;  // null: in memory only
    bool stopping_ = false;
    world::TaskGroup tasks_;
};

}  // namespace posthouse::verify
