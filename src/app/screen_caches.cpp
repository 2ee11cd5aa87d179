#include "app/screen_caches.hpp"

#include "app/generation.hpp"

namespace posthouse::app {

using receive::postscreen::KeptCache;

std::shared_ptr<KeptCache> ScreenCaches::cache(const std::string& postscreen_cache_map) {
    if (postscreen_cache_map.empty()) {
        return nullptr;
    }
    auto& out = caches_[postscreen_cache_map];
    if (!out) {
        out = std::make_shared<KeptCache>(doors_, postscreen_cache_map);
    }
    return out;
}

void ScreenCaches::read_new(const Generation& generation) {
    for (const auto& [name, screen] : generation.core(0).screens) {
        const auto found = caches_.find(screen->settings->postscreen_cache_map);
        if (found == caches_.end()) {
            continue;
        }
        if (found->second->is_read()) {
            found->second->use(screen->settings);
        } else {
            found->second->read(screen->settings);
        }
    }
}

void ScreenCaches::start() {
    for (const auto& [map, cache] : caches_) {
        if (cache->is_read()) {
            cache->start();
        }
    }
}

world::Task<void> ScreenCaches::stop() {
    for (const auto& [map, cache] : caches_) {
        if (cache->is_read()) {
            co_await cache->stop();
        }
    }
}

}  // namespace posthouse::app
