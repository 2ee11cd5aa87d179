#include "receive/postscreen/kept_cache.hpp"

#include "receive/postscreen/screening_rig_test.hpp"
#include "world/memory_world_test.hpp"

namespace posthouse::receive::postscreen {

using std::chrono::hours;
using std::chrono::seconds;

namespace {

class WorksAtOnce final : public world::BlockingPool {
public:
    void submit(world::Work work) override { work(); }
};

}  // namespace

class KeptCacheTest : public ::testing::Test {
protected:
    std::shared_ptr<KeptCache> open(std::string map, std::string_view main_cf = "") {
        auto out = std::make_shared<KeptCache>(KeptCache::Doors{events, files, pool, core}, std::move(map));
        const config::View view = config::View::of(main_cf);
        out->read(std::make_shared<const ScreenSettings>(ScreenSettings::from(view, view, [](const std::string&) {})));
        out->start();
        return out;
    }
    static void reload(KeptCache& cache, std::string_view main_cf) {
        const config::View view = config::View::of(main_cf);
        cache.use(std::make_shared<const ScreenSettings>(ScreenSettings::from(view, view, [](const std::string&) {})));
    }
    void close(KeptCache& cache) {
        tasks.spawn(cache.stop());
        ASSERT_EQ(tasks.size(), 0U);
    }
    [[nodiscard]] TestStamps until(std::int64_t when) const {
        TestStamps out;
        out[postscreen::Test::pregreet] = when;
        return out.kept({});
    }
    [[nodiscard]] std::int64_t now() const { return std::chrono::duration_cast<seconds>(clock.wall_now().time_since_epoch()).count(); }

    rig::ManualClock clock;
    scripted::Remembered events;
    world::memory::MemoryFiles files;
    WorksAtOnce pool;
    scripted::AtOnce executor;
    world::nobody::NoNetwork network;
    world::nobody::NoResolver resolver;
    world::nobody::Four random;
    world::Core core{0, executor, clock, network, resolver, random};
    world::TaskGroup tasks;
    base::IpAddress client = *base::IpAddress::parse("192.0.2.1");
};

TEST_F(KeptCacheTest, a_client_is_known_again_after_a_restart) {
    const auto first = open("btree:/var/x");
    first->cache()->update(client, until(1000));
    first->keep(client, until(1000));
    EXPECT_TRUE(files.files.contains("/var/x.records"));
    close(*first);
    const auto second = open("proxy:btree:/var/x");
    EXPECT_EQ(second->cache()->look_up(client), until(1000));
    close(*second);
}

TEST_F(KeptCacheTest, the_last_line_about_a_client_counts_and_a_damaged_one_does_not) {
    files.files["/x.records"] = encode(CachedClient{client, until(1)}) + "nonsense\n" + encode(CachedClient{client, until(2)}) + "client address=192.0.2.9 sta";
    const auto cache = open("btree:/x");
    EXPECT_EQ(cache->cache()->look_up(client), until(2));
    EXPECT_EQ(cache->cache()->size(), 1U);
    close(*cache);
}

TEST_F(KeptCacheTest, a_type_that_cannot_hold_it_keeps_it_in_memory_with_a_warning) {
    const auto cache = open("memcache:/etc/x");
    cache->keep(client, until(1));
    EXPECT_TRUE(files.files.empty());
    EXPECT_TRUE(events.has("postscreen_cache_map = memcache:/etc/x: this type cannot hold the cache"));
    close(*cache);
}

TEST_F(KeptCacheTest, who_has_not_come_for_a_week_after_its_results_ended_is_forgotten_on_disk_too) {
    const auto cache = open("btree:/x", "postscreen_cache_cleanup_interval = 12h\n");
    const auto stays = *base::IpAddress::parse("192.0.2.2");
    for (const auto& [address, when] : {std::pair{client, now()}, std::pair{stays, now() + 24 * 3600}}) {
        cache->cache()->update(address, until(when));
        cache->keep(address, until(when));
    }
    for (int half_days = 0; half_days < 15; ++half_days) {
        clock.advance(hours(12));
    }
    EXPECT_TRUE(events.has("cache btree:/x full cleanup: retained=1 dropped=1 entries"));
    EXPECT_EQ(files.files["/x.records"].find("192.0.2.1"), std::string::npos);
    EXPECT_NE(files.files["/x.records"].find("192.0.2.2"), std::string::npos);
    close(*cache);
}

TEST_F(KeptCacheTest, an_interval_of_zero_cleans_nothing) {
    const auto cache = open("btree:/x", "postscreen_cache_cleanup_interval = 0\n");
    cache->cache()->update(client, until(1));
    for (int half_days = 0; half_days < 30; ++half_days) {
        clock.advance(hours(12));
    }
    EXPECT_FALSE(events.has("cleanup"));
    EXPECT_EQ(cache->cache()->size(), 1U);
    close(*cache);
}

TEST_F(KeptCacheTest, a_reload_that_switches_cleaning_on_counts_at_once_and_one_that_switches_it_off_too) {
    const auto cache = open("btree:/x", "postscreen_cache_cleanup_interval = 0\n");
    clock.advance(hours(1));
    reload(*cache, "postscreen_cache_cleanup_interval = 90m\n");
    clock.advance(std::chrono::minutes(29));
    EXPECT_FALSE(events.has("cleanup"));
    clock.advance(std::chrono::minutes(1));
    EXPECT_TRUE(events.has("full cleanup"));
    const std::size_t said = events.lines.size();
    reload(*cache, "postscreen_cache_cleanup_interval = 0\n");
    clock.advance(hours(12));
    EXPECT_EQ(events.lines.size(), said);
    close(*cache);
}

TEST_F(KeptCacheTest, reloads_do_not_put_off_the_cleaning) {
    const auto cache = open("btree:/x", "postscreen_cache_cleanup_interval = 12h\n");
    for (int hour = 0; hour < 12; ++hour) {
        EXPECT_FALSE(events.has("cleanup"));
        clock.advance(hours(1));
        reload(*cache, "postscreen_cache_cleanup_interval = 12h\n");
    }
    EXPECT_TRUE(events.has("full cleanup"));
    close(*cache);
}

}  // namespace posthouse::receive::postscreen
