#include "app/server.hpp"

#include "app/queue_settings.hpp"
#include "base/format.hpp"
#include "message/date.hpp"
#include "receive/held_content.hpp"

namespace posthouse::app {

namespace {

// How long deliveries under way may take to end when the server stops; the rest is tried again after the next start.
constexpr std::chrono::seconds stop_grace{5};

}  // namespace

std::set<std::string> error_texts(const config::Findings& findings) {
    std::set<std::string> out;
    for (const config::Finding& finding : findings) {
        if (finding.severity == config::Severity::error) {
            out.insert(finding.text);
        }
    }
    return out;
}

Server::Server(ServerWorld world)
    : world_(std::move(world)),
      started_(world_.cores.core(0).clock.wall_now()),
      rooms_(world_.cores, world_.sessions_bound),
      screen_caches_({world_.events, world_.files, world_.pool, world_.cores.core(0)}),
      certificates_({world_.files, world_.cores.core(0).clock, world_.events}, [this] { return read_certificates_again(); }),
      reach_watch_(reach_doors()) {
    for (std::size_t i = 0; i < world_.cores.count(); ++i) {
        cores_.push_back(std::make_unique<PerCore>());
    }
}

Server::~Server() = default;

base::Result<std::unique_ptr<Server>> Server::make(ServerWorld world, std::shared_ptr<const config::Configuration> configuration, config::Findings& findings) {
    std::unique_ptr<Server> server(new Server(std::move(world)));
    const config::View& view = configuration->main();
    server->certificates_.use(look_at_certificates(*configuration, server->world_.files));
    server->make_verifier();
    auto generation = Generation::build(configuration, server->world_, {server->router_, server->verifier_.get(), &server->any_intake_, &server->rooms_, &server->screen_caches_}, findings);
    if (!generation) {
        return std::unexpected(generation.error());
    }
    if (server->world_.before_spool) {
        if (const auto free = server->world_.before_spool(); !free) {
            return base::fail(free.error(), "wait for the queue");
        }
    }
    if (const auto opened = server->open_spool(view); !opened) {
        return std::unexpected(opened.error());
    }
    server->screen_caches_.read_new(**generation);  // not before the server that we take over from has ended
    server->known_errors_ = error_texts(findings);
    server->queue_settings_ = queue_settings(view);
    server->current_.set(*generation);
    server->held_ = *generation;
    server->notifier_ = std::make_unique<bounce::BounceNotifier>(server->any_intake_, server->world_.events, [&current = server->current_] { return current.get()->bounce(); });
    server->queue_ = std::make_unique<queue::Queue>(queue::QueueWorld{server->world_.cores, server->spool_door(), server->router_, *server->notifier_, server->world_.events,
                                                                      server->transports_, server->queue_settings_});
    for (std::size_t i = 0; i < server->cores_.size(); ++i) {
        const CurrentIntake::Doors doors{server->spool_door(), *server->queue_, server->router_, *server->notifier_, server->world_.events, server->world_.files};
        server->intakes_.push_back(std::make_unique<CurrentIntake>(server->current_, doors, server->world_.cores.core(i)));
    }
    // Before SMTP clients find us: whoever sees that port may use the tools.
    server->admin_ = server->make_admin_server();
    if (const auto bound = server->admin_->bind(); !bound) {
        return base::fail(bound.error(), "postqueue, sendmail and the other tools could not reach this server");
    }
    if (const auto bound = server->bind(**generation); !bound) {
        return std::unexpected(bound.error());
    }
    Server& self = *server;
    server->pickup_ = std::make_unique<receive::Pickup>([&self] { return self.pickup_settings(); },
                                                        receive::Pickup::Doors{*self.intakes_[0], self.world_.events, self.world_.files, self.world_.pool, self.world_.cores.core(0)});
    return server;
}

void Server::make_verifier() {
    const auto prober = [this]() -> mail::Prober& { return *queue_; };
    const auto settings = [this] { return current_.get()->verify(); };
    verifier_ = std::make_unique<verify::CachedVerifier>(
        verify::CachedVerifier::Doors{prober, router_, world_.events, world_.files, world_.pool, world_.cores.core(0)}, settings);
}

base::Result<void> Server::open_spool(const config::View& view) {
    const std::string directory = view.text("queue_directory");
    struct Folder {
        const char* name;
        unsigned mode;
    };
    // maildrop as in Postfix: its group may leave mail there, and nobody but us may look.
    for (const Folder& folder : {Folder{"", 0755}, Folder{"/pid", 0755}, Folder{"/public", 0755}, Folder{"/private", 0700}, Folder{"/corrupt", 0700}, Folder{"/spool", 0700}, Folder{"/maildrop", 0730}}) {
        if (const auto made = world_.files.make_directories(directory + folder.name, folder.mode); !made) {
            return base::fail(made.error(), "queue_directory");
        }
    }
    queue::SpoolOptions options = world_.spool_options;
    options.cores = world_.cores.count();
    if (!options.warn) {
        options.warn = [&events = world_.events](std::string_view text) { events.warn("postfix/qmgr", text); };
    }
    const std::string path = queue::spool_path(directory);
    if (options.vfs_name.empty() && !world_.files.info(path)) {
        // Mail is private: SQLite alone would make the file readable by all, and its companions take after it.
        if (const auto made = world_.files.create(path, 0600); !made) {
            return std::unexpected(made.error());
        }
    }
    auto spool = queue::SqliteSpool::open(path, std::move(options), world_.commit_pool);
    if (!spool) {
        return std::unexpected(spool.error());
    }
    spool_ = std::move(*spool);
    receive::remove_held_content(world_.files, directory + "/spool");  // nobody else uses it by now
    if (world_.wrap_spool) {
        wrapped_spool_ = world_.wrap_spool(*spool_);
    }
    return {};
}

base::Result<void> Server::bind(const Generation& generation) {
    std::map<ListenPlace, std::shared_ptr<world::ListenSocket>> wanted;
    for (const Listening& listening : generation.listenings()) {
        const std::string port = listening.place.path.empty() ? std::to_string(listening.place.endpoint.port) : std::string("local");
        rooms_.room(ServiceRooms::Kind::inet, listening.service, port, listening.process_limit, generation.configuration().main().time("anvil_rate_time_unit"));
        if (const auto have = sockets_.find(listening.place); have != sockets_.end()) {
            wanted.insert(*have);
            continue;
        }
        world::Network& network = world_.cores.core(0).network;
        auto socket = listening.place.path.empty() ? network.listen(listening.place.endpoint) : network.listen_unix(listening.place.path, listening.place.mode);
        if (!socket) {
            return base::fail(socket.error(), "cannot listen on " + listening.place.text());
        }
        wanted.emplace(listening.place, std::move(*socket));
    }
    sockets_ = std::move(wanted);
    return {};
}

std::vector<Server::Opening> Server::openings() const {
    std::vector<Opening> out;
    for (const PassRow& pass : held_->pass_rows()) {
        rooms_.at(ServiceRooms::Kind::pass, pass.service).places->use(pass.process_limit);
    }
    for (const Listening& listening : held_->listenings()) {
        const ServiceRooms::Room& room = rooms_.at(ServiceRooms::Kind::inet, listening.service);
        room.places->use(listening.process_limit);  // after a reload; sessions that are too many by now finish
        out.push_back({listening, sockets_.at(listening.place), room});
    }
    return out;
}

void Server::start_listeners(std::size_t core, const std::vector<Opening>& openings) {
    if (stopping_) {
        return;
    }
    PerCore& mine = *cores_[core];
    for (const auto& [listening, socket, room] : openings) {
        if (mine.listeners.contains(listening.place)) {
            continue;
        }
        world::Core& here = world_.cores.core(core);
        auto shared = here.network.share(socket);
        if (!shared) {
            world_.events.on("postfix/master", observe::Remark{observe::Severity::error, {}, "listen: " + shared.error().text});
            continue;
        }
        // By endpoint, not by name: a reload may give the row another one. A listener that is about to close keeps what it had.
        auto current = [this, core, place = listening.place, last = receive::Reception()](receive::Load load) mutable {
            const auto now = current_.get();
            for (const Listening& wanted : now->listenings()) {
                if (wanted.place == place) {
                    last = now->core(core).reception(wanted.service, load);
                }
            }
            return last;
        };
        auto listener = std::make_unique<receive::SmtpdListener>(std::move(*shared), std::move(current),
                                                                 receive::SessionDoors{*intakes_[core], router_, world_.events, *room.limits, here, queue_.get()}, room.places);
        listener->start();
        mine.listeners.emplace(listening.place, std::move(listener));
    }
}

world::Task<void> Server::close_listeners(std::size_t core) {
    if (stopping_) {
        co_return;  // stop() has them
    }
    PerCore& mine = *cores_[core];
    const auto generation = current_.get();
    std::vector<std::unique_ptr<receive::SmtpdListener>> gone;  // taken out before the first wait: stop() may empty the map
    for (auto at = mine.listeners.begin(); at != mine.listeners.end();) {
        const auto& wanted = generation->listenings();
        if (std::none_of(wanted.begin(), wanted.end(), [&](const Listening& l) { return l.place == at->first; })) {
            gone.push_back(std::move(at->second));
            at = mine.listeners.erase(at);
        } else {
            ++at;
        }
    }
    for (const auto& listener : gone) {
        co_await listener->stop();
    }
}

void Server::start() {
    queue_->start();
    for (std::size_t i = 0; i < cores_.size(); ++i) {
        world_.cores.core(i).executor.post([this, i, openings = openings()] { start_listeners(i, openings); });
    }
    world_.cores.core(0).executor.post([this] {
        pickup_->start();
        screen_caches_.start();
        watch_.spawn(certificates_.run());
        watch_.spawn(reach_watch_.run());
        watch_.spawn(log_peaks());
        if (const auto started = admin_->start(); !started) {
            world_.events.on("postfix/master", observe::Remark{observe::Severity::error, {}, "postqueue, sendmail and the other tools cannot reach this server: " + started.error().text});
        }
    });
}

ReachWatch::Doors Server::reach_doors() {
    ReachWatch::Doors out{.beyond = {}, .as_in_use = {}, .make_way = world_.make_way, .clock = world_.cores.core(0).clock, .events = world_.events};
    if (world_.beyond_reach) {
        out.beyond = [this] { return world_.beyond_reach(held_->configuration()); };
        out.as_in_use = [this] {
            const auto configuration = world_.reread();
            return configuration && (*configuration)->says_the_same(held_->configuration());
        };
    }
    return out;
}

world::Task<void> Server::log_peaks() {
    world::Clock& clock = world_.cores.core(0).clock;
    for (;;) {
        const config::View& view = held_->configuration().main();
        const std::string label = view.text("syslog_name") + "/anvil";
        co_await clock.sleep_for(std::max(view.time("anvil_status_update_time"), std::chrono::seconds{1}));
        const auto stamp = [this, &clock](world::SteadyTime when) {
            const world::WallTime wall = clock.wall_now() - std::chrono::duration_cast<world::WallTime::duration>(clock.now() - when);
            return message::log_stamp(wall, world_.zone ? world_.zone(wall) : message::Zone{});
        };
        for (const auto& [key, room] : rooms_.all()) {
            for (const std::string& line : receive::peak_lines(room.limits->take_peaks(), room.name, room.limits->time_unit(), stamp)) {
                world_.events.info(label, line);
            }
        }
    }
}

world::Task<void> Server::on_core(std::size_t core, std::function<world::Task<void>()> work) {
    if (core == 0) {
        world::Task<void> here = work();
        co_await std::move(here);
        co_return;
    }
    auto done = std::make_shared<world::OneShot<bool>>();
    struct There {
        static world::Task<void> run(std::function<world::Task<void>()> job, world::Executor& home, std::shared_ptr<world::OneShot<bool>> cell) {
            try {
                world::Task<void> task = job();
                co_await std::move(task);
            } catch (const std::exception& e) {
                world::report_unexpected(e.what());  // the end of the server must go on
            }
            home.post([cell] { cell->set(true); });
        }
    };
    world::Executor& home = world_.cores.core(0).executor;
    world_.cores.core(core).executor.post([this, core, work, &home, done] { cores_[core]->answers.spawn(There::run(work, home, done)); });
    co_await done->wait();
}

world::Task<void> Server::stop() {
    struct Ends {
        static world::Task<void> listeners(PerCore& core) {
            for (auto& [endpoint, listener] : core.listeners) {
                co_await listener->stop();
            }
            core.listeners.clear();
        }
    };
    stopping_ = true;
    watch_.cancel();
    co_await watch_.wait_empty();
    co_await admin_->stop();
    co_await pickup_->stop();
    for (std::size_t i = 0; i < cores_.size(); ++i) {
        const std::function<world::Task<void>()> work = [this, i] { return Ends::listeners(*cores_[i]); };
        co_await on_core(i, work);
    }
    co_await verifier_->stop();
    co_await screen_caches_.stop();
    co_await queue_->stop(world_.cores.core(0).clock.deadline_in(stop_grace));
    const auto last = current_.get();
    for (std::size_t i = 0; i < cores_.size(); ++i) {
        const std::function<world::Task<void>()> work = [this, last, i] { return stop_agents(last, i); };
        co_await on_core(i, work);
    }
    for (std::size_t i = 0; i < cores_.size(); ++i) {
        const std::function<world::Task<void>()> work = [this, i] { return cores_[i]->tasks.wait_empty(); };
        co_await on_core(i, work);
    }
    const auto closed = co_await spool_->close(world_.cores.core(0));
    if (!closed) {
        world_.events.on("postfix/master", observe::Remark{observe::Severity::warning, {}, "closing the spool: " + closed.error().text});
    }
}

world::Task<void> Server::stop_agents(std::shared_ptr<const Generation> old, std::size_t core) {
    for (const auto& [name, transport] : old->core(core).transports) {
        co_await transport->agent->stop();
    }
    co_await old->core(core).policy_clients->stop();
}

const std::vector<base::Endpoint> Server::listening() const {
    std::vector<base::Endpoint> out;
    for (const auto& [place, socket] : sockets_) {
        if (place.path.empty()) {
            out.push_back(socket->local());
        }
    }
    return out;
}

}  // namespace posthouse::app
