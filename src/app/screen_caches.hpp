#pragma once
// ScreenCaches: what the screens of this server know of clients, by postscreen_cache_map; rows with the same one share it. Outlives
// every generation. On core 0.
#include <map>
#include <memory>
#include <string>

#include "receive/postscreen/kept_cache.hpp"

namespace posthouse::app {

class Generation;

class ScreenCaches {
public:
    explicit ScreenCaches(receive::postscreen::KeptCache::Doors doors) : doors_(doors) {}

    /// Null for an empty value: nothing is to be remembered.
    std::shared_ptr<receive::postscreen::KeptCache> cache(const std::string& postscreen_cache_map);
    /// Of a generation that is about to be published: reads the files of caches that are new. Blocks.
    void read_new(const Generation& generation);
    /// Once the cores run, and after each reload.
    void start();
    world::Task<void> stop();

private:
    receive::postscreen::KeptCache::Doors doors_;
    std::map<std::string, std::shared_ptr<receive::postscreen::KeptCache>> caches_;
};

}  // namespace posthouse::app
