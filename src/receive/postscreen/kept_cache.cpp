#include "receive/postscreen/kept_cache.hpp"

#include "base/format.hpp"
#include "world/race.hpp"

namespace posthouse::receive::postscreen {

void KeptCache::keep(const base::IpAddress& client, const TestStamps& stamps) {
    doors_.home.executor.post([self = shared_from_this(), line = encode(CachedClient{client, stamps})] {
        if (self->journal_) {
            self->journal_->add(line);
        }
    });
}

void KeptCache::read(std::shared_ptr<const ScreenSettings> settings) {
    settings_ = std::move(settings);
    std::string problem;
    const std::string path = mail::record_path("postscreen_cache_map", map_, problem);
    if (!problem.empty()) {
        doors_.events.warn(settings_->label, problem);
    }
    if (path.empty()) {
        return;
    }
    const auto file = std::make_shared<mail::RecordFile>(doors_.files, path);
    const auto loaded = file->load<CachedClient>(decode_client);
    const auto all = [cache = cache_] {
        auto clients = std::make_shared<const std::vector<CachedClient>>(cache->clients());
        return mail::RecordJournal::All{clients->size(), [clients](std::size_t i) { return encode((*clients)[i]); }};
    };
    const auto count = [cache = cache_] { return cache->size(); };
    const auto complain = [this](const base::Error& error) { doors_.events.warn(settings_->label, "postscreen_cache_map: " + error.text); };
    mail::RecordJournal::Doors doors{doors_.pool, doors_.home, all, count, complain};
    journal_ = std::make_unique<mail::RecordJournal>(file, std::move(doors), loaded ? loaded->size() : 0);
    if (!loaded) {
        journal_->complain(loaded.error());
        journal_->rewrite();
        return;
    }
    for (const CachedClient& client : *loaded) {
        cache_->update(client.address, client.stamps);
    }
}

void KeptCache::start() {
    if (std::exchange(started_, true)) {
        return;
    }
    if (journal_) {
        tasks_.spawn(journal_->keep_writing());
    }
    tasks_.spawn(keep_clean());
}

void KeptCache::use(std::shared_ptr<const ScreenSettings> settings) {
    settings_ = std::move(settings);
    settings_changed_.notify_all();
}

world::Task<void> KeptCache::keep_clean() {
    for (;;) {
        co_await wait_for_cleaning();
        clean();
    }
}

// The interval counts from the last cleaning, whatever a reload makes of it meanwhile; with an interval of 0 only a reload ends the wait.
world::Task<void> KeptCache::wait_for_cleaning() {
    const world::SteadyTime began = doors_.home.clock.now();
    for (;;) {
        const auto interval = settings_->postscreen_cache_cleanup_interval;
        if (interval.count() == 0) {
            co_await settings_changed_.wait();
            continue;
        }
        if (began + interval <= doors_.home.clock.now()) {
            co_return;
        }
        world::Task<void> sleeping = doors_.home.clock.sleep_until(began + interval);
        world::Task<void> reloading = wait_for_settings();
        co_await world::race(std::move(sleeping), std::move(reloading));
    }
}

void KeptCache::clean() {
    const std::int64_t now = std::chrono::duration_cast<std::chrono::seconds>(doors_.home.clock.wall_now().time_since_epoch()).count();
    const ClientCache::Cleaning done = cache_->remove_expired(settings_->enabled, now, settings_->postscreen_cache_retention_time);
    doors_.events.info(settings_->label, base::format("cache {} full cleanup: retained={} dropped={} entries", map_, done.retained, done.dropped));
    if (done.dropped > 0 && journal_) {
        journal_->rewrite();
    }
}

world::Task<void> KeptCache::stop() {
    co_await tasks_.stop();
    if (journal_) {
        world::Task<void> finishing = journal_->finish();
        co_await std::move(finishing);
        journal_.reset();
    }
}

}  // namespace posthouse::receive::postscreen
