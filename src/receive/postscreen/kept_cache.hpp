#pragma once
// KeptCache: a ClientCache with its file beside postscreen_cache_map's, and its cleaning. Lives on its home core; keep() may be called
// on every core.
#include <memory>
#include <string>

#include "mail/record_journal.hpp"
#include "observe/event.hpp"
#include "receive/postscreen/screen.hpp"
#include "world/signal.hpp"
#include "world/task_group.hpp"

namespace posthouse::receive::postscreen {

class KeptCache final : public CacheKeeper, public std::enable_shared_from_this<KeptCache> {
public:
    struct Doors {
        observe::EventSink& events;
        world::Files& files;
        world::BlockingPool& pool;
        world::Core& home;
    };
    KeptCache(Doors doors, std::string postscreen_cache_map) : doors_(doors), map_(std::move(postscreen_cache_map)) {}

    [[nodiscard]] const std::shared_ptr<ClientCache>& cache() const override { return cache_; }
    void keep(const base::IpAddress& client, const TestStamps& stamps) override;

    // on the home core
    /// Reads the file; blocks. Once, before the first client; the settings are for cleaning, and may change later.
    void read(std::shared_ptr<const ScreenSettings> settings);
    void use(std::shared_ptr<const ScreenSettings> settings);
    [[nodiscard]] bool is_read() const { return settings_ != nullptr; }
    /// Writes and cleans from now on.
    void start();
    /// What was found out is written down. Nobody is screened any more.
    world::Task<void> stop();

private:
    world::Task<void> keep_clean();
    world::Task<void> wait_for_cleaning();
    void clean();
    world::Task<void> wait_for_settings() { co_await settings_changed_.wait(); }

    Doors doors_;
    std::string map_;
    std::shared_ptr<ClientCache> cache_ = std::make_shared<ClientCache>();
    std::shared_ptr<const ScreenSettings> settings_;
    std::unique_ptr<mail::RecordJournal> journal_;  // null: in memory only
    bool started_ = false;
    world::Signal settings_changed_;
    world::TaskGroup tasks_;
};

}  // namespace posthouse::receive::postscreen
