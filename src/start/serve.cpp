#include "start/serve.hpp"

#include <array>
#include <atomic>
#include <csignal>
#include <cstdio>
#include <cstdlib>

#include "app/check.hpp"
#include "app/lint/lint.hpp"
#include "app/reach.hpp"
#include "app/server.hpp"
#include "base/format.hpp"
#include "config/check.hpp"
#include "net/asio_cores.hpp"
#include "net/openssl_engine.hpp"
#include "observe/batched_log.hpp"
#include "observe/postfix_log.hpp"
#include "os/host.hpp"
#include "os/call_filter.hpp"
#include "os/limits.hpp"
#include "os/users.hpp"
#include "os/pid_file.hpp"
#include "os/posix_files.hpp"
#include "os/thread_pool.hpp"
#include "os/watchdog.hpp"
#include "os/own_process.hpp"
#include "start/log_target.hpp"
#include "start/guard.hpp"
#include "start/hung_work.hpp"
#include "start/mail_owner.hpp"
#include "start/read_configuration.hpp"
#include "start/real_world.hpp"
#include "start/resolver_settings.hpp"
#include "start/server_link.hpp"
#include "start/started_programs.hpp"
#include "start/supervise.hpp"
#include "start/supervisor_protocol.hpp"
#include "tools/system_facts.hpp"

namespace posthouse::app {

namespace {

void say(std::FILE* to, const std::string& text) { std::fprintf(to, "posthouse: %s\n", text.c_str()); }

// postfix start waits for a byte; from then on we have no terminal.
void leave_terminal(const config::View& view, world::Files& files, ServerLink* link) {
    if (std::getenv("POSTHOUSE_READY_FD") == nullptr) {
        return;
    }
    const std::string file = view.text("maillog_file");
    if (file == "/dev/stdout" || (file.empty() && !files.info("/dev/log"))) {
        say(stderr, "warning: nothing will be logged: set maillog_file to a file, run syslog, or use postfix start-fg");
    }
    if (link == nullptr) {
        tell_ready();
    } else {
        os::leave_terminal();  // the supervisor tells
    }
}

/// For a dry run, whose findings say it all.
struct Discarded final : observe::EventSink {
    void on(observe::Speaker, const observe::Event&) override {}
};

int start_failed(observe::EventSink& events, observe::BatchedLog& log, const std::string& text) {
    events.on("postfix/master", observe::Remark{observe::Severity::fatal, {}, text});
    log.flush();
    say(stderr, "fatal: " + text);
    return 1;
}

// The steps of an orderly end have limits of their own, some twenty seconds in all; a disk that hangs has none.
constexpr std::chrono::seconds stop_patience{45};

struct Stopping {
    static world::Task<void> run(Server& server, net::RealCores& cores) {
        co_await server.stop();
        cores.stop();
    }
    /// `under_way`: how many reloads are asked for and not done; `over` hears of the end of the last.
    static world::Task<void> reload(Server& server, std::size_t& under_way, const std::function<void()>& over) {
        ++under_way;
        const auto reloaded = co_await server.reload();
        static_cast<void>(reloaded);  // the log has it
        if (--under_way == 0 && over) {
            over();
        }
    }
};

/// Turns signals into stop and reload. They are caught from the first moment at which somebody may think that the server runs,
/// which is before there is one; what came by then is done when the cores run.
class Signals {
public:
    Signals(net::RealCores& cores, observe::EventSink& events, os::Watchdog& watchdog) : cores_(cores), events_(events), watchdog_(watchdog) {
        cores.on_signal({SIGTERM, SIGINT, SIGHUP}, [this](int signal) { handle(signal); });
    }
    /// Before the cores run.
    void use(Server& server, std::function<void()> reloaded, std::function<void()> stop_told) {
        server_ = &server;
        reloaded_ = std::move(reloaded);
        stop_told_ = std::move(stop_told);
        server.on_stop_requested = [this] {  // what postfix stop sends elsewhere
            stop_told_();
            handle(SIGTERM);
        };
    }

private:
    void handle(int signal) {
        if (signal == SIGHUP) {
            tasks_.spawn(Stopping::reload(*server_, reloads_under_way_, reloaded_));
            return;
        }
        events_.info("postfix/master", base::format("terminating on signal {}", signal));
        if (std::exchange(stopping_, true)) {
            return;  // stopping twice at once would end badly
        }
        watchdog_.start(stop_patience, [&events = events_] {
            const std::string text = base::format("the end hangs after {} s, maybe on a disk: leaving without it; what was accepted is in the spool", stop_patience.count());
            say(stderr, "fatal: " + text);
            events.on("postfix/master", observe::Remark{observe::Severity::fatal, {}, text});
        });
        tasks_.spawn(Stopping::run(*server_, cores_));
    }

    net::RealCores& cores_;
    observe::EventSink& events_;
    os::Watchdog& watchdog_;
    Server* server_ = nullptr;
    std::function<void()> reloaded_;  // told after what SIGHUP asked for; may be empty
    std::function<void()> stop_told_;
    std::size_t reloads_under_way_ = 0;
    bool stopping_ = false;
    world::TaskGroup tasks_;
};

}  // namespace

int check(const ServeRequest& request) {
    os::PosixFiles files;
    const auto configuration = read_configuration(request, files);
    if (!configuration) {
        say(stderr, "fatal: " + configuration.error().text);
        return 1;
    }
    std::string remark;
    if (const auto owner = find_mail_owner((*configuration)->main(), remark); !owner) {
        say(stderr, "fatal: " + owner.error().text);
        return 1;
    }
    config::Findings findings = config::check(**configuration);
    check_trust_anchors((*configuration)->main(), findings);
    Process process;
    Discarded nobody;
    const auto cores = net::make_cores(1, resolver_options((*configuration)->main()));
    ServerWorld world = real_world(*cores, process, nobody);
    const bool can_be_built = !findings.has_errors();
    lint::all({**configuration, world.files, world.tls, cores->core(0).clock.wall_now()}, findings);
    if (can_be_built) {
        findings.append(check_by_building(*configuration, world));
    }
    findings.sort();
    const std::string text = findings.text();
    std::fwrite(text.data(), 1, text.size(), stdout);
    return findings.has_errors() ? 1 : 0;
}

namespace {

/// What has to be done before the first thread is made: take the queue for ourselves, then become mail_owner.
struct Place {
    os::FileDescriptor pid_file;
    std::string remark;
    Reach reach;
    Guard guard;
};

base::Result<Place> take_place(const config::Configuration& configuration, world::Files& files, const ServerLink* link) {
    Place place;
    const config::View& view = configuration.main();
    const auto owner = find_mail_owner(view, place.remark);
    if (!owner) {
        return std::unexpected(owner.error());
    }
    if (link == nullptr) {  // a supervisor has taken it
        const std::string pid_folder = view.text("queue_directory") + "/pid";
        if (const auto made = files.make_directories(pid_folder, 0755); !made) {
            return std::unexpected(made.error());
        }
        auto pid_file = os::lock_pid_file(pid_folder + "/master.pid");
        if (!pid_file) {
            return std::unexpected(pid_file.error());
        }
        place.pid_file = std::move(*pid_file);
    }
    os::raise_descriptor_limit();
    if (*owner) {
        if (const auto given = give_folders(view, **owner); !given) {
            return std::unexpected(given.error());
        }
    }
    place.reach = reach_of(configuration, files, *owner ? ReadingRights::everything : ReadingRights::own);
    if (*owner) {
        const OwnWork work = link == nullptr ? OwnWork::all : place.reach.for_others ? OwnWork::mailboxes : OwnWork::reading_only;
        if (const auto became = become(**owner, work); !became) {
            return std::unexpected(became.error());
        }
    } else if (link != nullptr) {
        // Exist before they are named to the kernel.
        for (const char* folder : {"queue_directory", "data_directory"}) {
            static_cast<void>(files.make_directories(view.text(folder), 0755));
        }
        place.reach = reach_of(configuration, files, os::current_user_id() == 0 ? ReadingRights::everything : ReadingRights::own);
    }
    place.guard = link != nullptr ? raise_guard(place.reach) : unsupervised_guard();
    place.reach.everywhere |= !place.guard.bounds_folders;
    return place;
}

os::LogOpener log_opener(ServerLink* link) {
    if (link == nullptr) {
        return {};
    }
    return [link] {
        auto reply = link->call(mail::Record(supervisor_protocol::log));
        return reply && !reply->descriptors.empty() ? std::move(reply->descriptors.front()) : os::FileDescriptor();
    };
}

std::unique_ptr<world::Programs> make_programs(ServerLink* link, os::ProgramKeeper& keeper, world::BlockingPool& pool, net::RealCores& cores) {
    if (link == nullptr) {
        return std::make_unique<StartedPrograms>(keeper, pool, cores);
    }
    return std::make_unique<SupervisedPrograms>(*link, pool, cores);
}

std::vector<std::string> with_refused_calls(std::vector<std::string> lines) {
    if (const std::uint64_t count = os::refused_calls_count(); count > 0) {
        lines.push_back(base::format("refused system calls: {}", count));
    }
    return lines;
}

// What a process cannot change in itself.
constexpr std::array<std::string_view, 2> fixed_parameters{trust_anchors_parameter, "maillog_file"};

void let_others_take_over(ServerWorld& world, ServerLink& link, const Reach& reach, const config::View& started_with) {
    const auto rights = os::thread_rights().permitted.contains(os::Capabilities::read_all_files()) ? ReadingRights::everything : ReadingRights::own;
    world.before_spool = [&link] { return link.wait_for_spool(); };
    world.beyond_reach = [&reach, &files = world.files, rights, started_with](const config::Configuration& configuration) {
        for (const std::string_view name : fixed_parameters) {
            if (configuration.main().text(name) != started_with.text(name)) {
                return base::format("another {}", name);
            }
        }
        return reach.beyond(reach_of(configuration, files, rights), files);
    };
    world.make_way = [&link]() -> base::Result<void> {
        const auto reply = link.call(mail::Record(supervisor_protocol::replace));
        return reply ? base::Result<void>() : std::unexpected(reply.error());
    };
}

void tell_refused_calls(observe::EventSink& events) {
    for (const int number : os::take_refused_calls()) {
        events.warn("postfix/master", base::format("refused system call {} (ausyscall {} names it): if this is none of an intruder's, report it; POSTHOUSE_SANDBOX=no in the environment of the start allows it", number, number));
    }
}

// Without a supervisor nobody would start this server again or end it.
std::unique_ptr<os::ChannelWatch> report_to(ServerLink& link, observe::EventSink& events, std::atomic<bool>& abandoned) {
    if (const auto told = link.ready(); !told) {
        events.warn("postfix/master", told.error().text);
    }
    return link.watch([&events, &abandoned](const std::string& why) {
        abandoned = true;
        events.on("postfix/master", observe::Remark{observe::Severity::fatal, {}, base::format("the supervisor {}: this server ends in order; start the mail system again", why)});
        os::send_signal(os::process_id(), SIGTERM);
    }, [&events] { tell_refused_calls(events); });
}

void tell_findings(const config::Findings& findings, observe::EventSink& events) {
    for (const config::Finding& finding : findings) {
        if (finding.severity != config::Severity::note) {
            const auto severity = finding.severity == config::Severity::error ? observe::Severity::error : observe::Severity::warning;
            events.on("postfix/master", observe::Remark{severity, {}, config::to_text_without_severity(finding)});
        }
    }
}

int run_server(const ServeRequest& request, ServerLink* link) {
    os::PosixFiles files;
    auto configuration = read_configuration(request, files);
    if (!configuration) {
        say(stderr, "fatal: " + configuration.error().text);
        return 1;
    }
    const config::View view = (*configuration)->main();
    config::Findings findings = config::check(**configuration);
    check_trust_anchors(view, findings);
    const auto place = findings.has_errors() ? base::Result<Place>() : take_place(**configuration, files, link);

    os::Watchdog watchdog;  // outlives all that may hang
    Process process;        // has threads
    observe::BatchedLog log(process.log_pool, log_device(view, process.files, log_opener(link)));
    observe::PostfixLog events(log_settings(view), log);
    world::set_unexpected_handler([&events](std::string_view what) {
        events.on("postfix/master", observe::Remark{observe::Severity::error, {}, base::format("unexpected exception in a task: {}", what)});
    });
    if (findings.has_errors()) {
        for (const config::Finding& finding : findings) {
            if (finding.severity == config::Severity::error) {
                start_failed(events, log, config::to_text(finding));
            }
        }
        return 1;
    }
    if (!place) {
        return start_failed(events, log, place.error().text);
    }
    if (!place->remark.empty()) {
        events.info("postfix/master", place->remark);
        say(stderr, "warning: " + place->remark);
    }
    const auto cores = net::make_cores(os::usable_cores(), resolver_options(view), link);
    os::ThreadPool table_pool(16, leave_hung_work(events, log));  // ends before the cores that its work reports to
    os::ProgramKeeper keeper([&events](const std::string& text) { events.warn("postfix/spawn", text); });
    const std::unique_ptr<world::Programs> programs = make_programs(link, keeper, process.pool, *cores);
    ServerWorld world = real_world(*cores, process, events);
    world.table_pool = &table_pool;
    world.programs = programs.get();
    world.guard = [lines = place->guard.lines()] { return with_refused_calls(lines); };
    world.reread = [&request, &process] { return read_configuration(request, process.files); };
    if (link != nullptr) {
        let_others_take_over(world, *link, place->reach, view);
    }
    Signals signals(*cores, events, watchdog);
    std::atomic<bool> abandoned = false;
    auto server = Server::make(std::move(world), *configuration, findings);
    if (!server) {
        return start_failed(events, log, server.error().text);
    }
    tell_findings(findings, events);
    signals.use(**server, [link] {
        if (link != nullptr) {
            static_cast<void>(link->reloaded());  // a supervisor that is gone tells nobody
        }
    }, [link] {
        if (link != nullptr) {
            static_cast<void>(link->stopping());
        }
    });
    (*server)->start();
    events.info("postfix/master", place->guard.line());
    events.info("postfix/master", base::format("daemon started -- version {}, configuration {}", view.text("mail_version"), request.directory));
    for (const base::Endpoint& endpoint : (*server)->listening()) {
        say(stderr, "listening on " + endpoint.text());
    }
    auto watch = link != nullptr ? report_to(*link, events, abandoned) : nullptr;
    leave_terminal(view, process.files, link);
    cores->run();
    cores->join();
    watch.reset();  // it logs
    server->reset();
    tell_refused_calls(events);
    log.flush();
    return abandoned ? supervisor_protocol::abandoned : 0;
}

}  // namespace

int serve(const ServeRequest& request) {
    if (const auto link = ServerLink::inherited()) {
        os::name_process("posthouse");
        return run_server(request, link.get());
    }
    const char* wish = std::getenv("POSTHOUSE_SUPERVISE");
    return wish != nullptr && std::string_view(wish) == "no" ? run_server(request, nullptr) : supervise(request);
}

}  // namespace posthouse::app
