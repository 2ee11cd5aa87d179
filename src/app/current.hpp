#pragma once
// The current generation, and doors that lead to whatever generation is current when they are used.
#include <memory>

#include "app/generation.hpp"
#include "base/guarded.hpp"
#include "cleanup/intake.hpp"

namespace posthouse::app {

/// One pointer, replaced as a whole. Readable from every core.
class Current {
public:
    [[nodiscard]] std::shared_ptr<const Generation> get() const {
        return generation_.with([](const auto& generation) { return generation; });
    }
    void set(std::shared_ptr<const Generation> generation) {
        generation_.with([&](auto& current) { current.swap(generation); });  // the old one goes without the mutex
    }

private:
    // Not std::atomic<shared_ptr>: in libstdc++ 12 its load() ends without release, a data race with the next store().
    mutable base::Guarded<std::shared_ptr<const Generation>> generation_;
};

class CurrentRouter final : public mail::Router {
public:
    explicit CurrentRouter(const Current& current) : current_(current) {}
    world::Task<mail::Route> resolve(std::string recipient, mail::ReversePath reverse_path) override;
    world::Task<mail::Route> resolve_probe(std::string recipient, mail::ReversePath reverse_path) override;
    world::Task<mail::Validation> validate(std::string recipient) override;
    world::Task<mail::Route> classify(std::string recipient) override;
    [[nodiscard]] bool has_aliases() const override;
    world::Task<mail::Expansion> expand(std::string recipient) const override;
    [[nodiscard]] std::string rewrite(std::string address) const override;

private:
    const Current& current_;
};

class CurrentTransports final : public queue::Transports {
public:
    explicit CurrentTransports(const Current& current) : current_(current) {}
    [[nodiscard]] std::shared_ptr<const queue::Transport> find(std::string_view name, std::size_t core) const override;

private:
    const Current& current_;
};

/// One per core. Every message is taken in by the settings that are current when it begins.
class CurrentIntake final : public mail::Intake {
public:
    struct Doors {
        mail::Spool& spool;
        mail::Admission& admission;
        mail::Router& router;
        mail::Notifier& notifier;
        observe::EventSink& events;
        world::Files& files;
    };
    CurrentIntake(const Current& current, const Doors& doors, world::Core& core) : current_(current), doors_(doors), core_(core) {}
    std::unique_ptr<mail::IntakeSession> begin(mail::MailSource source, world::Core& home) override { return intake().begin(source, home); }
    [[nodiscard]] bool has_room(base::Bytes declared_size) const override { return intake().has_room(declared_size); }

private:
    cleanup::CleanupIntake& intake() const;

    const Current& current_;
    Doors doors_;
    world::Core& core_;
    mutable std::shared_ptr<const cleanup::CleanupSettings> settings_;
    mutable std::unique_ptr<cleanup::CleanupIntake> intake_;
};

/// For who is not bound to a core (bounce): goes through the intake of the core it is asked for.
class AnyCoreIntake final : public mail::Intake {
public:
    explicit AnyCoreIntake(std::vector<std::unique_ptr<CurrentIntake>>& intakes) : intakes_(intakes) {}
    std::unique_ptr<mail::IntakeSession> begin(mail::MailSource source, world::Core& home) override { return intakes_[home.index]->begin(source, home); }
    [[nodiscard]] bool has_room(base::Bytes) const override { return true; }

private:
    std::vector<std::unique_ptr<CurrentIntake>>& intakes_;
};

}  // namespace posthouse::app
