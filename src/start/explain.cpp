#include "start/explain.hpp"

#include <cstdio>

#include "app/current.hpp"
#include "base/format.hpp"
#include "config/check.hpp"
#include "os/program_keeper.hpp"
#include "start/read_configuration.hpp"
#include "start/real_world.hpp"
#include "start/resolver_settings.hpp"
#include "start/started_programs.hpp"

namespace posthouse::app {

namespace {

void complain(const std::string& text) { std::fprintf(stderr, "posthouse: %s\n", text.c_str()); }

/// What a command line tool has to tell besides its answer.
struct OnStandardError final : observe::EventSink {
    void on(observe::Speaker, const observe::Event& event) override {
        const auto* remark = std::get_if<observe::Remark>(&event);
        if (remark != nullptr && remark->severity != observe::Severity::info) {
            complain("warning: " + std::string(remark->text));
        }
    }
};

struct Explaining {
    using Answer = base::Result<std::vector<std::string>>;
    static world::Task<void> run(const Generation& generation, const PretendSession& session, net::RealCores& cores, Answer& answer) {
        world::Task<Answer> explaining = explain(generation, session, cores.core(0));
        answer = co_await std::move(explaining);
        co_await generation.core(0).policy_clients->stop();
        cores.stop();
    }
};

}  // namespace

int explain_session(const ServeRequest& request, const PretendSession& session) {
    os::PosixFiles files;
    const auto configuration = read_configuration(request, files);
    if (!configuration) {
        complain("fatal: " + configuration.error().text);
        return 1;
    }
    config::Findings findings = config::check(**configuration);
    if (findings.has_errors()) {
        complain("fatal: the configuration has errors, see posthouse check");
        return 1;
    }
    Process process;
    OnStandardError events;
    const auto cores = net::make_cores(1, resolver_options((*configuration)->main()));
    os::ThreadPool table_pool{4};  // ends before the cores that its work reports to
    os::ProgramKeeper keeper([&events](const std::string& text) { events.warn("postfix/spawn", text); });
    const std::unique_ptr<world::Programs> programs = std::make_unique<StartedPrograms>(keeper, process.pool, *cores);
    ServerWorld world = real_world(*cores, process, events);
    world.table_pool = &table_pool;
    world.programs = programs.get();
    Current current;
    CurrentRouter router(current);
    const auto generation = Generation::build(*configuration, world, {router}, findings);
    if (!generation) {
        complain("fatal: " + generation.error().text);
        return 1;
    }
    current.set(*generation);
    Explaining::Answer answer = base::fail(base::ErrorKind::unavailable, "no answer");
    world::TaskGroup tasks;
    cores->core(0).executor.post([&] { tasks.spawn(Explaining::run(**generation, session, *cores, answer)); });
    cores->run();
    cores->join();
    if (!answer) {
        complain("fatal: " + answer.error().text);
        return 1;
    }
    for (const std::string& line : *answer) {
        std::fprintf(stdout, "%s\n", line.c_str());
    }
    return 0;
}

}  // namespace posthouse::app
