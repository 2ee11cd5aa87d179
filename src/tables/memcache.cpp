#include "tables/memcache.hpp"

#include "base/text.hpp"
#include "tables/key_rules.hpp"
#include "tables/memcache_protocol.hpp"
#include "tables/open.hpp"
#include "tables/unavailable.hpp"
#include "tables/wire_client.hpp"

namespace posthouse::tables {

namespace {

struct MemcacheSettings {
    ServerAddress server;
    KeyTemplate key_format;
    KeyRules keys;
    std::shared_ptr<const Table> backup;  // may be none
    std::int64_t flags = 0;
    std::int64_t ttl_seconds = 3600;
    std::size_t data_size_limit = 10240;
    std::size_t line_size_limit = 1024;
    WireLimits limits;
};

std::string as_it_is(std::string_view part) { return std::string(part); }

class MemcacheTable final : public Table {
public:
    MemcacheTable(std::string name, MemcacheSettings settings, Surroundings outside, std::vector<SourceFile> sources)
        : name_(name),
          settings_(std::move(settings)),
          client_(std::move(name), settings_.server, memcache_protocol(settings_.data_size_limit, settings_.line_size_limit), std::move(outside), settings_.limits),
          sources_(std::move(sources)) {}

    world::Task<Lookup> find(std::string key) const override {
        auto preparing = settings_.keys.prepare(std::move(key), name_);
        const KeyRules::Key prepared = co_await std::move(preparing);
        if (prepared.decided) {
            co_return *prepared.decided;
        }
        const auto cached = settings_.key_format.expand(prepared.text, as_it_is);
        if (!cached || !is_memcache_key(*cached)) {
            co_return Lookup::absent();
        }
        auto asking = client_.ask(*cached);
        Lookup answer = co_await std::move(asking);
        if (answer.is_found() || settings_.backup == nullptr) {
            co_return answer;
        }
        auto falling_back = settings_.backup->find(prepared.text);
        Lookup from_backup = co_await std::move(falling_back);
        // A server that does not answer now is not asked to remember either.
        if (from_backup.is_found() && answer.is_absent()) {
            auto storing = client_.exchange(memcache_set(*cached, from_backup.value, settings_.flags, settings_.ttl_seconds));
            const Lookup stored = co_await std::move(storing);
            static_cast<void>(stored);  // it is only a cache
        }
        co_return from_backup;
    }
    std::string name() const override { return name_; }
    std::optional<std::string> open_error() const override { return settings_.backup != nullptr ? settings_.backup->open_error() : std::nullopt; }
    std::vector<SourceFile> sources() const override {
        std::vector<SourceFile> all = sources_;
        if (settings_.backup != nullptr) {
            const auto more = settings_.backup->sources();
            all.insert(all.end(), more.begin(), more.end());
        }
        return all;
    }

private:
    std::string name_;
    MemcacheSettings settings_;
    WireClient client_;
    std::vector<SourceFile> sources_;
};

base::Result<void> read_numbers(const TableConfig& config, MemcacheSettings& settings) {
    struct Row {
        std::string_view name;
        std::int64_t otherwise;
        NumberRange range;
        std::function<void(std::int64_t)> set;
    };
    const std::array rows{
        Row{"flags", 0, {}, [&](std::int64_t value) { settings.flags = value; }},
        Row{"ttl", 3600, {}, [&](std::int64_t value) { settings.ttl_seconds = value; }},
        Row{"data_size_limit", 10240, {.least = 1}, [&](std::int64_t value) { settings.data_size_limit = static_cast<std::size_t>(value); }},
        Row{"line_size_limit", 1024, {.least = 1}, [&](std::int64_t value) { settings.line_size_limit = static_cast<std::size_t>(value); }},
        Row{"max_try", 2, {.least = 1}, [&](std::int64_t value) { settings.limits.tries = static_cast<std::size_t>(value); }},
        Row{"timeout", 2, {.least = 1, .most = 3600}, [&](std::int64_t value) { settings.limits.patience = std::chrono::seconds(value); }},
        Row{"retry_pause", 1, {.most = 3600}, [&](std::int64_t value) { settings.limits.pause = std::chrono::seconds(value); }},
    };
    for (const Row& row : rows) {
        const auto value = config.number(row.name, row.otherwise, row.range);
        if (!value) {
            return std::unexpected(value.error());
        }
        row.set(*value);
    }
    // The timeout is for one try; who waits for the whole lookup waits no longer than for other tables.
    const auto tries = static_cast<std::int64_t>(std::min<std::size_t>(settings.limits.tries, 1000));
    settings.limits.patience = std::max(settings.limits.patience, std::min<std::chrono::milliseconds>(settings.limits.patience * tries + settings.limits.pause * (tries - 1), lookup_patience));
    return {};
}

base::Result<MemcacheSettings> read_settings(const TableConfig& config, const OpenContext& context) {
    MemcacheSettings settings;
    auto server = parse_server_address(config.text("memcache", "inet:localhost:11211"), context.outside);
    if (!server) {
        return base::fail(server.error(), config.path() + ": memcache");
    }
    settings.server = std::move(*server);
    auto format = KeyTemplate::parse(config.text("key_format", "%s"));
    if (!format) {
        return base::fail(format.error(), config.path() + ": key_format");
    }
    settings.key_format = std::move(*format);
    auto keys = KeyRules::from(config, context);
    if (!keys) {
        return std::unexpected(keys.error());
    }
    settings.keys = std::move(*keys);
    if (const auto numbers = read_numbers(config, settings); !numbers) {
        return std::unexpected(numbers.error());
    }
    if (const std::string backup = config.text("backup"); !backup.empty()) {
        OpenContext inner = context;
        ++inner.depth;
        settings.backup = open_table(backup, inner);
    }
    return settings;
}

}  // namespace

std::shared_ptr<const Table> open_memcache(const TableName& name, const OpenContext& context) {
    std::vector<SourceFile> sources = TableConfig::sources(name, context);
    const auto config = TableConfig::read(name, context);
    auto settings = config ? read_settings(*config, context) : std::unexpected(config.error());
    if (!settings) {
        return unavailable(name, settings.error().text, std::move(sources));
    }
    if (context.outside.cores == nullptr) {
        return unavailable(name, name.spec + ": no network here", std::move(sources));
    }
    return std::make_shared<MemcacheTable>(name.spec, std::move(*settings), context.outside, std::move(sources));
}

}  // namespace posthouse::tables
