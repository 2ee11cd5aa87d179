#include "queue/job_return.hpp"

#include <new>

#include "world/task_group.hpp"

namespace posthouse::queue {

struct JobReturn::Way {
    Home home;
    Crosses crosses;
    mail::QueueId id;
    std::vector<std::uint32_t> recipients;
    std::optional<JobResult> result;  // none: lost
};

JobReturn::JobReturn(Home home, Crosses crosses, mail::QueueId id, std::vector<std::uint32_t> recipients)
    : way_(std::make_shared<Way>(Way{std::move(home), crosses, id, std::move(recipients), std::nullopt})) {}

JobReturn& JobReturn::operator=(JobReturn&& other) noexcept {
    if (this != &other) {
        lose();
        way_ = std::move(other.way_);
    }
    return *this;
}

void JobReturn::operator()(JobResult result) {
    const std::shared_ptr<Way> way = std::move(way_);
    way->result = std::move(result);
    if (way->crosses == Crosses::yes) {
        post(way);
    } else {
        arrive(*way);
    }
}

void JobReturn::arrive(Way& way) {
    if (way.home.life.expired()) {
        return;
    }
    if (way.result) {
        way.home.receiver.job_done(way.id, way.recipients, std::move(*way.result));
    } else {
        way.home.receiver.job_lost(way.id);
    }
}

// All that the news need is in `way` already; only its place in the line has to be found, and other cores free memory.
void JobReturn::post(const std::shared_ptr<Way>& way) {
    constexpr int tries_max = 1000;
    for (int i = 0; i < tries_max; ++i) {
        try {
            way->home.executor.post([way] { arrive(*way); });
            return;
        } catch (const std::bad_alloc&) {
            continue;
        }
    }
    world::report_unexpected("no memory to tell a message what became of its delivery");
}

// Never on the spot: whoever lost the job is in the middle of something.
void JobReturn::lose() noexcept {
    if (const std::shared_ptr<Way> way = std::move(way_); way && !way->home.life.expired()) {
        post(way);
    }
}

}  // namespace posthouse::queue
