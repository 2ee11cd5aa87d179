#include "queue/spool/group_commit.hpp"

#include "world/task_group.hpp"

namespace posthouse::queue {

void GroupCommit::submit(Request request) {
    const bool start = waiting_.with([&](Waiting& waiting) {
        waiting.requests.push_back(std::move(request));
        return !std::exchange(waiting.running, true);
    });
    if (!start) {
        return;
    }
    try {
        pool_.submit([self = shared_from_this()] { self->run(); });
    } catch (const std::exception& e) {  // no memory for that: whoever waits must not wait for ever
        world::report_unexpected(e.what());
        run();
    }
}

void GroupCommit::run() {
    for (;;) {
        std::vector<Request> batch = waiting_.with([](Waiting& waiting) {
            waiting.running = !waiting.requests.empty();
            return std::exchange(waiting.requests, {});
        });
        if (batch.empty()) {
            return;
        }
        std::vector<ChangeResult> results;
        try {
            results = apply(batch);
            keep_hot(batch, results);
        } catch (const std::exception& e) {
            world::report_unexpected(e.what());
        }
        send_home(batch, results);
    }
}

std::vector<ChangeResult> GroupCommit::apply(std::vector<Request>& batch) {
    if (!writer_) {
        return std::vector<ChangeResult>(batch.size(), base::fail(base::ErrorKind::closed, "the spool is closed"));
    }
    std::vector<ChangeResult> results = writer_->apply(batch);
    for (std::size_t i = 0; i < batch.size(); ++i) {
        if (std::holds_alternative<CloseSpool>(batch[i].change) && writer_) {
            if (const auto copied = writer_->checkpoint(); !copied) {
                results[i] = std::unexpected(copied.error());
            }
            writer_.reset();
        }
    }
    return results;
}

void GroupCommit::keep_hot(const std::vector<Request>& batch, const std::vector<ChangeResult>& results) {
    const auto forget = [this](const mail::SpoolUpdate& update) {
        if (update.next != mail::SpoolUpdate::Next::keep) {
            hot_->forget(update.id);
        }
    };
    for (std::size_t i = 0; i < batch.size(); ++i) {
        if (const auto* message = std::get_if<NewMessage>(&batch[i].change)) {
            const ContentPart& content = message->content;
            if (results[i] && message->queue == mail::QueueName::active && content.first_block == 0 && content.blocks.size() == 1) {
                hot_->keep(content.id, content.blocks.front());
            }
            if (message->along) {
                forget(*message->along);
            }
        } else if (const auto* update = std::get_if<mail::SpoolUpdate>(&batch[i].change)) {
            forget(*update);
        }
    }
}

// Whoever got no answer would wait for ever. Where there is no memory for answers the process ends: the supervisor starts it again,
// and nothing that was accepted is lost.
void GroupCommit::send_home(std::vector<Request>& batch, std::vector<ChangeResult>& results) noexcept {
    const auto result_of = [&results](std::size_t i) -> ChangeResult {
        return i < results.size() ? std::move(results[i]) : base::fail(base::ErrorKind::unavailable, "the commit was cut short; whether it is on disk is not known");
    };
    struct Completion {
        std::shared_ptr<world::OneShot<ChangeResult>> done;
        ChangeResult result;
    };
    // A handful of cores: a search through a vector, and the posts keep the order of the requests.
    std::vector<std::pair<world::Executor*, std::vector<Completion>>> homes;
    for (std::size_t i = 0; i < batch.size(); ++i) {
        if (batch[i].done == nullptr) {
            continue;
        }
        auto home = std::ranges::find(homes, batch[i].home, [](const auto& entry) { return entry.first; });
        if (home == homes.end()) {
            home = homes.insert(home, {batch[i].home, {}});
        }
        home->second.push_back({std::move(batch[i].done), result_of(i)});
    }
    for (auto& [executor, completions] : homes) {
        executor->post([completions = std::move(completions)]() mutable {
            for (Completion& completion : completions) {
                completion.done->set(std::move(completion.result));
            }
        });
    }
}

}  // namespace posthouse::queue
