#pragma once
// Supervisor: the small process above the server (docs/decisions/008-a-small-supervisor.md). It holds the listening sockets, starts
// the server, starts it again when it crashes, puts a new one in its place, and passes signals on. One thread.
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "mail/record.hpp"
#include "observe/event.hpp"
#include "os/channel.hpp"
#include "os/own_process.hpp"
#include "os/signal_descriptor.hpp"
#include "start/held_sockets.hpp"
#include "start/program_starter.hpp"
#include "start/restart_plan.hpp"
#include "start/supervisor_state.hpp"
#include "world/deadline.hpp"

namespace posthouse::app {

class Supervisor {
public:
    struct Surroundings {
        observe::EventSink& events;
        std::vector<std::string> arguments;  // of this program, for servers too
        int lock = -1;                       // of pid/master.pid; servers inherit it
        std::function<void()> first_served;
        std::function<base::Result<os::FileDescriptor>()> open_log;
        std::function<void()> follow_log;  // a server has read the configuration, and logs where that says
        std::function<std::unique_ptr<ProgramStarter>()> make_starter;
    };
    explicit Supervisor(Surroundings surroundings);

    /// A socket that somebody else opened and that listens already: used where a server wants that address, kept until the end.
    void adopt(int descriptor);
    /// Goes on where the program that ran in this process before left off.
    void resume(const SupervisorState& state);
    /// Until the server has ended as it was told to, or could not start. The exit status of the process.
    int run();

private:
    struct Child {
        os::OwnChild process;
        os::Channel channel;
        world::SteadyTime started;
        bool serves = false;
        bool told_to_end = false;
        std::optional<std::uint64_t> waits_for_spool;  // the id of its request
        std::unique_ptr<ProgramStarter> programs;      // null until it wants one; they end with it
    };

    [[nodiscard]] base::Result<Child> start(const std::string& program) const;
    void start_first();
    void start_again();
    void begin_stop();
    void begin_handover(const std::string& program, std::string_view why);
    void wait_for_something();
    void obey(int signal);
    void end(Child& child, int signal);

    void hear(std::optional<Child>& child);
    [[nodiscard]] mail::Record handle(Child& child, const mail::Record& request, std::vector<os::FileDescriptor>& descriptors);
    [[nodiscard]] mail::Record hold(const mail::Record& request, std::vector<os::FileDescriptor>& descriptors);
    [[nodiscard]] mail::Record start_program(Child& child, const mail::Record& request, std::vector<os::FileDescriptor>& descriptors);
    void give_spool(Child& child, std::uint64_t id);
    static void answer(const Child& child, std::uint64_t id, mail::Record reply, const std::vector<os::FileDescriptor>& descriptors = {});
    void serves_now(Child& child);
    void reload_is_over();

    void follow_the_server();
    void current_ended(os::ProcessEnd end);
    void successor_ended(os::ProcessEnd end);
    void crashed(const Child& child, os::ProcessEnd end);

    Surroundings around_;
    os::SignalDescriptor signals_;
    std::string installed_ = os::installed_program();
    HeldSockets sockets_;
    RestartPlan plan_;
    std::optional<Child> current_, successor_;
    std::optional<world::SteadyTime> start_at_;  // of the next server, after a crash
    bool has_served_ = false;
    bool stopping_ = false;
    bool upgrading_ = false;  // from SIGUSR2 until this process runs the installed program, too
    bool reload_when_it_serves_ = false;
    bool reloading_ = false;  // and the service manager was told
    std::optional<int> exit_status_;
};

}  // namespace posthouse::app
