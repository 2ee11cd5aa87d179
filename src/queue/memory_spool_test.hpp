#pragma once
// A spool in memory for tests, which fails as they want it to.
#include <algorithm>
#include <map>
#include <new>
#include <stdexcept>

#include "mail/spool.hpp"
#include "world/signal.hpp"

namespace posthouse::queue::scripted {

// Every update waits one turn, as a real commit does; `failing` and `throwing` ones leave everything as it was.
class MemorySpool final : public mail::Spool {
public:
    std::map<std::uint64_t, mail::StoredMessage> messages;
    std::vector<mail::SpoolUpdate> updates;
    std::size_t failing = 0, throwing = 0;  // so many updates to come
    bool throws = false;  // from load()
    std::size_t due_reads = 0;
    bool unreadable = false;  // due() fails, next_due() does not: a page of the table is damaged, the index is not

    // For its id alone.
    struct NoWriter final : mail::SpoolWriter, private mail::CommitAuthority {
        explicit NoWriter(mail::QueueId one) : id(one) {}
        [[nodiscard]] mail::QueueId queue_id() const override { return id; }
        world::Task<base::Result<void>> write(std::string_view) override { co_return base::fail(base::ErrorKind::io, "no"); }
        world::Task<base::Result<mail::Committed>> commit_along(mail::Envelope, mail::QueueName, std::optional<mail::SpoolUpdate>) override { co_return base::fail(base::ErrorKind::io, "no"); }
        [[nodiscard]] mail::Committed discard() override { return attest(id); }
        mail::QueueId id;
    };
    std::unique_ptr<mail::SpoolWriter> create(world::Core&) override { return std::make_unique<NoWriter>(mail::QueueId{next_id++}); }
    std::uint64_t next_id = 1000;
    std::shared_ptr<mail::ContentSource> content(mail::QueueId, world::Core&) override { return nullptr; }
    world::Task<base::Result<std::optional<mail::StoredMessage>>> load(mail::QueueId id, world::Core&) override {
        if (throws) {
            throw std::runtime_error("spool");
        }
        const auto found = messages.find(id.value);
        co_return found == messages.end() ? std::nullopt : std::optional(found->second);
    }
    world::Task<base::Result<void>> update(mail::SpoolUpdate update, world::Core& home) override {
        if (throwing > 0) {
            --throwing;
            throw std::bad_alloc();
        }
        auto turn = std::make_shared<world::OneShot<bool>>();
        home.executor.post([turn] { turn->set(true); });
        world::Task<void> waiting = wait(turn);
        co_await world::uncancellable(std::move(waiting));
        if (failing > 0) {
            --failing;
            co_return base::fail(base::ErrorKind::no_space, "disk full");
        }
        co_return apply(update);
    }
    world::Task<base::Result<std::vector<mail::StoredMessage>>> active_after(mail::QueueId after, std::size_t count, mail::Share share, world::Core&) override {
        std::vector<mail::StoredMessage> out;
        for (const auto& [id, message] : messages) {
            if (message.queue == mail::QueueName::active && id > after.value && share.holds(message.id) && out.size() < count) {
                out.push_back(message);
            }
        }
        co_return out;
    }
    world::Task<base::Result<std::vector<mail::StoredMessage>>> due(world::WallTime now, mail::DuePosition after, std::size_t count, mail::Share share, world::Core&) override {
        ++due_reads;
        if (unreadable) {
            co_return base::fail(base::ErrorKind::io, "disk I/O error");
        }
        std::vector<mail::StoredMessage> out = deferred_behind(after, share);
        std::erase_if(out, [&](const auto& message) { return message.next_attempt > now; });
        if (out.size() > count) {
            out.erase(out.begin() + static_cast<std::ptrdiff_t>(count), out.end());
        }
        co_return out;
    }
    world::Task<base::Result<std::optional<world::WallTime>>> next_due(mail::DuePosition after, mail::Share share, world::Core&) override {
        const auto out = deferred_behind(after, share);
        co_return out.empty() ? std::nullopt : std::optional(out.front().next_attempt);
    }
    world::Task<base::Result<std::vector<mail::StoredMessage>>> list(mail::QueueId, std::size_t, world::Core&) override { co_return std::vector<mail::StoredMessage>{}; }
    world::Task<base::Result<void>> make_all_due(world::WallTime now, world::Core&) override {
        for (auto& [id, message] : messages) {
            message.next_attempt = now;
        }
        co_return base::Result<void>{};
    }

private:
    static world::Task<void> wait(std::shared_ptr<world::OneShot<bool>> turn) { co_await turn->wait(); }
    std::vector<mail::StoredMessage> deferred_behind(mail::DuePosition after, mail::Share share) const {
        std::vector<mail::StoredMessage> out;
        for (const auto& [id, message] : messages) {
            if (message.queue == mail::QueueName::deferred && share.holds(message.id) &&
                std::pair(message.next_attempt, message.id) > std::pair(after.due, after.id)) {
                out.push_back(message);
            }
        }
        std::sort(out.begin(), out.end(), [](const auto& a, const auto& b) { return std::pair(a.next_attempt, a.id) < std::pair(b.next_attempt, b.id); });
        return out;
    }
public:
    base::Result<void> apply(const mail::SpoolUpdate& update) {
        const auto found = messages.find(update.id.value);
        if (found == messages.end()) {
            return base::fail(base::ErrorKind::not_found, "no such message");
        }
        updates.push_back(update);
        mail::StoredMessage& message = found->second;
        for (const auto& [number, state] : update.recipients) {
            message.recipients[number] = state;
        }
        message.delay_warned = update.delay_warned.value_or(message.delay_warned);
        message.force_expire = update.force_expire.value_or(message.force_expire);
        switch (update.next) {
            case mail::SpoolUpdate::Next::keep: break;
            case mail::SpoolUpdate::Next::remove: messages.erase(found); break;
            case mail::SpoolUpdate::Next::activate: message.queue = mail::QueueName::active; break;
            case mail::SpoolUpdate::Next::hold: message.queue = mail::QueueName::hold; break;
            case mail::SpoolUpdate::Next::defer:
                message.queue = mail::QueueName::deferred;
                message.next_attempt = update.next_attempt;
                break;
        }
        return {};
    }
};

}  // namespace posthouse::queue::scripted
