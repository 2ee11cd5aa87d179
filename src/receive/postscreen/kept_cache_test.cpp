#include "receive/postscreen/kept_cache.hpp"

#include <deque>

#include "receive/postscreen/screening_rig_test.hpp"

namespace posthouse::receive::postscreen {

using std::chrono::hours;
using std::chrono::seconds;

namespace {

class MemoryFiles final : public world::Files {
public:
    std::map<std::string, std::string> files;

    struct Writable final : world::WritableFile {
        explicit Writable(std::string& where) : text(where) {}
        base::Result<void> write(std::string_view bytes) override {
            text += bytes;
            return {};
        }
        base::Result<void> sync() override { return {}; }
        std::string& text;
    };
    using Opened = base::Result<std::unique_ptr<world::WritableFile>>;
    base::Result<std::string> read(const std::string& path) override { return files.contains(path) ? base::Result<std::string>(files[path]) : no<std::string>(); }
    base::Result<world::FileInfo> info(const std::string& path) override {
        return files.contains(path) ? base::Result<world::FileInfo>(world::FileInfo{.size = files[path].size()}) : no<world::FileInfo>();
    }
    base::Result<std::vector<std::string>> list(const std::string&) override { return no<std::vector<std::string>>(); }
    Opened create(const std::string& path, unsigned) override { return std::make_unique<Writable>(files[path]); }
    Opened append(const std::string& path, unsigned) override { return std::make_unique<Writable>(files[path]); }
    base::Result<void> rename(const std::string& from, const std::string& to) override {
        files[to] = std::exchange(files[from], {});
        files.erase(from);
        return {};
    }
    base::Result<void> remove(const std::string& path) override {
        files.erase(path);
        return {};
    }
    base::Result<void> make_directories(const std::string&, unsigned) override { return {}; }
    base::Result<void> sync_directory(const std::string&) override { return {}; }
    base::Result<std::uint64_t> free_bytes(const std::string&) override { return no<std::uint64_t>(); }

private:
    template <class T>
    static base::Result<T> no() {
        return base::fail(base::ErrorKind::not_found, "no such file");
    }
};

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
    MemoryFiles files;
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

}  // namespace posthouse::receive::postscreen
