#include "sim/sim_server.hpp"

#include <sqlite3.h>

#include "base/format.hpp"
#include "config/check.hpp"

namespace posthouse::sim {

namespace {

constexpr const char* configuration_directory = "/etc/postfix";
constexpr const char* queue_directory = "/var/spool/postfix";
constexpr std::size_t pool_threads = 4;
// Far beyond every time limit that stopping is subject to.
constexpr std::chrono::minutes stop_limit{60};
constexpr std::chrono::hours last_limit{24};
constexpr std::chrono::minutes question_limit{10};

world::Task<void> run_and_tell(std::function<world::Task<void>()> work, std::shared_ptr<bool> done) {
    world::Task<void> task = work();
    co_await std::move(task);
    *done = true;
}

std::vector<base::IpAddress> addresses_of(const SimServerSettings& settings) {
    std::vector<base::IpAddress> out{settings.address};
    if (settings.address_v6) {
        out.push_back(*settings.address_v6);
    }
    return out;
}

/// Every row of the first column.
std::vector<std::string> query(sqlite3* database, const char* sql) {
    std::vector<std::string> out;
    const auto add = [](void* to, int, char** values, char**) {
        static_cast<std::vector<std::string>*>(to)->emplace_back(values[0] != nullptr ? values[0] : "");
        return 0;
    };
    if (sqlite3_exec(database, sql, add, &out, nullptr) != SQLITE_OK) {
        out.emplace_back(sqlite3_errmsg(database));
    }
    return out;
}

}  // namespace

SimServer::SimServer(World& world, SimServerSettings settings)
    : world_(world),
      settings_(std::move(settings)),
      machine_(world, {.name = "mx", .addresses = addresses_of(settings_), .cores = 2}),
      events_(world.scheduler, [this] { return machine_.powered(); }) {
    machine_.files().put(base::format("{}/main.cf", configuration_directory), settings_.main_cf);
    machine_.files().put(base::format("{}/master.cf", configuration_directory), settings_.master_cf);
    world::set_unexpected_handler([this](std::string_view what) { problems_.push_back("unexpected exception in a task: " + std::string(what)); });
}

SimServer::~SimServer() {
    if (server_ != nullptr) {
        stop();
    }
    world::set_unexpected_handler({});
}

config::SystemFacts SimServer::facts() const {
    config::SystemFacts out;
    out.hostname = "mx.sim.example";
    out.interfaces = {{settings_.address, 24}};
    if (settings_.address_v6) {
        out.interfaces.push_back({*settings_.address_v6, 64});
    }
    out.process_id = 100;
    return out;
}

base::Result<std::shared_ptr<const config::Configuration>> SimServer::read_configuration() {
    // The same text means the same snapshot: most of a short life would go into working out a thousand values again.
    std::string texts;
    for (const char* name : {"main.cf", "master.cf"}) {
        texts += machine_.files().read(base::format("{}/{}", configuration_directory, name)).value_or("") + '\0';
    }
    if (last_configuration_ != nullptr && texts == last_texts_) {
        return last_configuration_;
    }
    auto loaded = config::load({configuration_directory, [this](const std::string& path) { return machine_.files().read(path); }, facts(), {}});
    if (loaded) {
        last_texts_ = std::move(texts);
        last_configuration_ = *loaded;
    }
    return loaded;
}

app::ServerWorld SimServer::make_world() {
    app::ServerWorld out{machine_.cores(), machine_.files(), machine_.tls(), machine_.add_pool(1), machine_.add_pool(pool_threads), events_, facts(), {}, {}, {}, {}, {}};
    out.spool_options.vfs_name = machine_.disk().vfs_name();
    out.reread = [this] { return read_configuration(); };
    out.wrap_spool = settings_.wrap_spool;
    return out;
}

bool SimServer::start() {
    PH_ASSERT(server_ == nullptr);
    if (!machine_.powered()) {
        machine_.boot();
    }
    const auto configuration = read_configuration();
    if (!configuration) {
        problems_.push_back("configuration: " + configuration.error().text);
        return false;
    }
    config::Findings findings = config::check(**configuration);
    if (findings.has_errors()) {
        problems_.push_back("configuration: " + findings.text());
        return false;
    }
    auto server = app::Server::make(make_world(), *configuration, findings);
    if (!server) {
        if (machine_.powered() && !machine_.disk().failing()) {
            problems_.push_back("the server does not start: " + server.error().text);
        }
        return false;
    }
    for (const config::Finding& finding : findings) {
        events_.info("postfix/master", config::to_text(finding));
    }
    server_ = std::move(*server);
    server_->start();
    return true;
}

bool SimServer::run(std::function<world::Task<void>()> task, Duration limit) {
    const auto done = std::make_shared<bool>(false);
    machine_.cores().core(0).executor.post([this, task = std::move(task), done] { tasks_->spawn(run_and_tell(task, done)); });
    return world_.scheduler.run_until([&done] { return *done; }, limit);
}

void SimServer::stop() {
    PH_ASSERT(server_ != nullptr);
    world_.scheduler.note("stopping");
    if (!run([this] { return server_->stop(); }, stop_limit)) {
        problems_.push_back(machine_.powered() ? "the server does not stop" : "without power the server's tasks do not end");
        if (!world_.scheduler.run_until([this] { return tasks_->size() == 0; }, last_limit)) {
            // Destroying what still runs would end the whole program; the report is worth more than the memory.
            static_cast<void>(server_.release());
            static_cast<void>(tasks_.release());
            tasks_ = std::make_unique<world::TaskGroup>();
        }
    }
    server_.reset();
    if (machine_.powered()) {
        machine_.restart_process();
    }
}

std::optional<std::string> SimServer::reload() {
    struct Reload {
        static world::Task<void> run(SimServer& owner, std::shared_ptr<std::optional<std::string>> refused) {
            const auto reloaded = co_await owner.server_->reload();
            if (!reloaded) {
                *refused = reloaded.error().text;
            }
        }
    };
    const auto refused = std::make_shared<std::optional<std::string>>();
    run([this, refused] { return Reload::run(*this, refused); }, question_limit);
    return *refused;
}

bool SimServer::administer(mail::QueueId id, Action action) {
    struct Administer {
        static world::Task<void> run(SimServer& owner, mail::QueueId message, Action what, std::shared_ptr<bool> confirmed) {
            queue::Queue& queue = owner.server_->queue();
            world::Core& core = owner.machine_.cores().core(0);
            world::Task<base::Result<bool>> doing = what == Action::hold      ? queue.hold(message, core)
                                                    : what == Action::release ? queue.release(message, core)
                                                    : what == Action::expire  ? queue.expire(message, core)
                                                    : what == Action::remove  ? queue.remove(message, core)
                                                                              : queue.flush_message(message, core);
            const auto done = co_await std::move(doing);
            *confirmed = done && *done && owner.machine_.powered();
        }
    };
    const auto confirmed = std::make_shared<bool>(false);
    run([this, id, action, confirmed] { return Administer::run(*this, id, action, confirmed); }, question_limit);
    return *confirmed;
}

std::size_t SimServer::active_count(std::size_t core) const { return server_ == nullptr ? 0 : server_->queue().on_core(core).active_count(); }

void SimServer::flush() {
    struct Flush {
        static world::Task<void> run(SimServer& owner) {
            const auto flushed = co_await owner.server_->queue().flush(owner.machine_.cores().core(0));
            // From a disk that cannot be read the administrator hears so, and asks again.
            if (!flushed && owner.machine_.powered() && !owner.machine_.disk().failing()) {
                owner.problems_.push_back("flush: " + flushed.error().text);
            }
        }
    };
    run([this] { return Flush::run(*this); }, question_limit);
}

std::optional<std::vector<mail::StoredMessage>> SimServer::stored() {
    constexpr std::size_t count_max = 10'000;
    struct List {
        static world::Task<void> run(SimServer& owner, std::shared_ptr<base::Result<std::vector<mail::StoredMessage>>> into) {
            const mail::QueueId first{};
            *into = co_await owner.server_->spool().list(first, count_max, owner.machine_.cores().core(0));
        }
    };
    const auto listed = std::make_shared<base::Result<std::vector<mail::StoredMessage>>>(base::fail(base::ErrorKind::unavailable, "not asked"));
    if (server_ == nullptr || !run([this, listed] { return List::run(*this, listed); }, question_limit) || !*listed) {
        return std::nullopt;
    }
    return std::move(**listed);
}

std::vector<std::string> SimServer::inspect_spool() {
    std::vector<std::string> out;
    sqlite3* database = nullptr;
    const std::string path = base::format("{}/spool/spool.sqlite", queue_directory);
    if (sqlite3_open_v2(path.c_str(), &database, SQLITE_OPEN_READWRITE, machine_.disk().vfs_name().c_str()) != SQLITE_OK) {
        out.push_back("cannot open the spool file");
    } else {
        for (const std::string& line : query(database, "PRAGMA integrity_check")) {
            if (line != "ok") {
                out.push_back("spool file: " + line);
            }
        }
        for (const char* table : {"fresh", "deferred", "held", "content", "chunk", "recipient_state", "large"}) {
            const auto rows = query(database, base::format("SELECT count(*) FROM {}", table).c_str());
            if (rows != std::vector<std::string>{"0"}) {
                out.push_back(base::format("spool table {} has {} rows left over", table, rows.front()));
            }
        }
    }
    sqlite3_close(database);
    return out;
}

std::vector<std::string> SimServer::problems() const {
    std::vector<std::string> out = problems_;
    const auto& said = events_.findings();
    out.insert(out.end(), said.begin(), said.end());
    return out;
}

}  // namespace posthouse::sim
