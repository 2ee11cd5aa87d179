#include "queue/queue.hpp"

#include "base/text.hpp"

namespace posthouse::queue {

namespace {

/// Which of these messages a core has in its memory.
struct ActiveOnes {
    std::vector<mail::QueueId> ids;
    world::Task<std::vector<mail::QueueId>> operator()(CoreQueue& queue) const { return run(queue, ids); }
    static world::Task<std::vector<mail::QueueId>> run(CoreQueue& queue, std::vector<mail::QueueId> which) {
        std::erase_if(which, [&queue](mail::QueueId id) { return !queue.is_active(id); });
        co_return which;
    }
};

}  // namespace

std::string destination_key(const std::string& transport, const std::string& nexthop, const std::string& recipient) {
    std::string key = transport + '\0' + nexthop;
    if (!recipient.empty()) {
        key += '\0' + base::lower(recipient);
    }
    return key;
}

Queue::Queue(QueueWorld world) : world_(world), error_label_(world.settings.error_label) {
    for (std::size_t i = 0; i < world_.cores.count(); ++i) {
        cores_.push_back(std::make_unique<CoreQueue>(*this, world_, world_.cores.core(i)));
        questions_.push_back(std::make_unique<world::TaskGroup>());
        stops_.push_back(std::make_unique<world::TaskGroup>());
    }
}

Queue::~Queue() = default;

std::size_t Queue::home_of_destination(std::string_view key) const { return std::hash<std::string_view>{}(key) % cores_.size(); }

world::SharedSlots& Queue::slots(const std::string& transport) {
    return slots_.with([&](auto& all) -> world::SharedSlots& {
        auto& slots = all[transport];
        if (!slots) {
            slots = std::make_unique<world::SharedSlots>(cores_.size());
        }
        return *slots;
    });
}

template <class T, class F>
world::Task<T> Queue::ask(Groups& groups, std::size_t core, world::Core& home, F function) {
    if (core == home.index) {
        world::Task<T> here = function(*cores_[core]);
        co_return co_await std::move(here);
    }
    // What it throws is thrown on here: an asker without an answer would wait for ever.
    struct Answer {
        std::optional<T> value;
        std::exception_ptr failure;
    };
    auto answer = std::make_shared<world::OneShot<Answer>>();
    struct Asking {
        static world::Task<void> run(Queue& queue, std::size_t at, world::Core& asker, F work, std::shared_ptr<world::OneShot<Answer>> cell) {
            Answer found;
            try {
                world::Task<T> there = work(*queue.cores_[at]);
                found.value = co_await std::move(there);
            } catch (...) {
                found.failure = std::current_exception();
            }
            asker.executor.post([cell, found = std::move(found)]() mutable { cell->set(std::move(found)); });
        }
    };
    world_.cores.core(core).executor.post(
        [this, &groups, core, &home, function, answer]() mutable { groups[core]->spawn(Asking::run(*this, core, home, function, answer)); });
    Answer found = co_await answer->wait();
    if (found.failure) {
        std::rethrow_exception(found.failure);
    }
    co_return std::move(*found.value);
}

void Queue::start() {
    for (std::size_t i = 0; i < cores_.size(); ++i) {
        world_.cores.core(i).executor.post([this, i] { cores_[i]->start(); });
    }
}

template <class F>
world::Task<void> Queue::ask_all(F function) {
    for (std::size_t i = 0; i < cores_.size(); ++i) {
        world::Task<int> asked = ask<int>(stops_, i, world_.cores.core(0), function);
        co_await std::move(asked);
    }
}

world::Task<void> Queue::stop(world::Deadline deadline) {
    struct Begin {
        world::Task<int> operator()(CoreQueue& queue) const { return run(queue); }
        static world::Task<int> run(CoreQueue& queue) {
            queue.begin_stop();
            co_return 0;
        }
    };
    struct Deliveries {
        world::Deadline until;
        world::Task<int> operator()(CoreQueue& queue) const { return run(queue, until); }
        static world::Task<int> run(CoreQueue& queue, world::Deadline until) {
            co_await queue.stop_deliveries(until);
            co_return 0;
        }
    };
    struct Messages {
        Groups& questions;
        world::Task<int> operator()(CoreQueue& queue) const { return run(queue, *questions[queue.core_index()]); }
        static world::Task<int> run(CoreQueue& queue, world::TaskGroup& asked) {
            co_await asked.wait_empty();
            co_await queue.stop_messages();
            co_return 0;
        }
    };
    // A message may be delivered by another core than its own: no core forgets its messages before the last delivery has
    // ended everywhere, or what was delivered would be delivered again after the next start.
    world::Task<void> begun = ask_all(Begin{});
    co_await std::move(begun);
    world::Task<void> delivered = ask_all(Deliveries{deadline});
    co_await std::move(delivered);
    world::Task<void> recorded = ask_all(Messages{questions_});
    co_await std::move(recorded);
}

void Queue::use(const QueueSettings& settings) {
    for (std::size_t i = 0; i < cores_.size(); ++i) {
        world_.cores.core(i).executor.post([this, i, settings] { cores_[i]->use(settings); });
    }
}

void Queue::committed(mail::StoredMessage message, world::Core& home) {
    const std::size_t owner = message.id.value % cores_.size();
    if (owner == home.index) {
        cores_[owner]->committed(std::move(message));
        return;
    }
    world_.cores.core(owner).executor.post([this, owner, message = std::move(message)]() mutable { cores_[owner]->committed(std::move(message)); });
}

world::Task<base::Result<std::vector<mail::ListedMessage>>> Queue::list(mail::QueueId after, std::size_t count, world::Core& home) {
    auto stored = co_await world_.spool.list(after, count, home);
    if (!stored) {
        co_return std::unexpected(stored.error());
    }
    // One question for each core, not for each message: a long backlog is listed as fast as it is read.
    std::vector<std::vector<mail::QueueId>> by_core(cores_.size());
    for (const mail::StoredMessage& message : *stored) {
        if (message.queue == mail::QueueName::deferred) {
            by_core[message.id.value % cores_.size()].push_back(message.id);
        }
    }
    std::unordered_set<mail::QueueId> active;
    for (std::size_t i = 0; i < cores_.size(); ++i) {
        if (!by_core[i].empty()) {
            world::Task<std::vector<mail::QueueId>> asked = ask<std::vector<mail::QueueId>>(questions_, i, home, ActiveOnes{std::move(by_core[i])});
            const auto found = co_await std::move(asked);
            active.insert(found.begin(), found.end());
        }
    }
    std::vector<mail::ListedMessage> out;
    for (mail::StoredMessage& message : *stored) {
        const mail::QueueName queue = active.contains(message.id) ? mail::QueueName::active : message.queue;
        out.push_back({std::move(message), queue});
    }
    co_return out;
}

world::Task<base::Result<void>> Queue::flush(world::Core& home) {
    const auto due = co_await world_.spool.make_all_due(home.clock.wall_now(), home);
    if (!due) {
        co_return due;
    }
    for (std::size_t i = 0; i < cores_.size(); ++i) {
        world_.cores.core(i).executor.post([this, i] { cores_[i]->flush(); });
    }
    co_return base::Result<void>{};
}

world::Task<base::Result<bool>> Queue::administer(mail::QueueId id, CoreQueue::AdminAction action, world::Core& home) {
    struct Act {
        mail::QueueId id;
        CoreQueue::AdminAction action;
        world::Task<base::Result<bool>> operator()(CoreQueue& queue) const { return queue.administer(id, action); }
    };
    world::Task<base::Result<bool>> asked = ask<base::Result<bool>>(questions_, id.value % cores_.size(), home, Act{id, action});
    co_return co_await std::move(asked);
}

world::Task<void> Queue::recall(mail::QueueId id, world::Core& home) {
    struct Recall {
        mail::QueueId id;
        world::Task<int> operator()(CoreQueue& queue) const { return run(queue, id); }
        static world::Task<int> run(CoreQueue& queue, mail::QueueId which) {
            co_await queue.recall(which);
            co_return 0;
        }
    };
    for (std::size_t i = 0; i < cores_.size(); ++i) {
        world::Task<int> asked = ask<int>(questions_, i, home, Recall{id});
        co_await std::move(asked);
    }
}

world::Task<base::Result<bool>> Queue::flush_message(mail::QueueId id, world::Core& home) { return administer(id, CoreQueue::AdminAction::flush, home); }
world::Task<base::Result<bool>> Queue::remove(mail::QueueId id, world::Core& home) { return administer(id, CoreQueue::AdminAction::remove, home); }
world::Task<base::Result<bool>> Queue::hold(mail::QueueId id, world::Core& home) { return administer(id, CoreQueue::AdminAction::hold, home); }
world::Task<base::Result<bool>> Queue::release(mail::QueueId id, world::Core& home) { return administer(id, CoreQueue::AdminAction::release, home); }

world::Task<base::Result<bool>> Queue::expire(mail::QueueId id, world::Core& home) { return administer(id, CoreQueue::AdminAction::expire, home); }

std::shared_ptr<mail::ContentSource> Queue::content(mail::QueueId id, world::Core& home) { return world_.spool.content(id, home); }

}  // namespace posthouse::queue
