#include "start/supervisor.hpp"

#include <poll.h>
#include <unistd.h>

#include <array>
#include <csignal>

#include "base/format.hpp"
#include "base/text.hpp"
#include "net/listen_source.hpp"
#include "os/init_system.hpp"
#include "start/supervisor_protocol.hpp"

namespace posthouse::app {

namespace protocol = supervisor_protocol;

namespace {

constexpr const char* speaker = "postfix/master";

std::string how(os::ProcessEnd end) {
    return end.signal != 0 ? base::format("killed by signal {}", end.signal) : base::format("exit status {}", end.exit_status);
}

int to_milliseconds(world::SteadyTime until) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - std::chrono::steady_clock::now());
    return static_cast<int>(std::clamp<std::int64_t>(left.count(), 0, 3'600'000));
}

}  // namespace

Supervisor::Supervisor(Surroundings surroundings)
    : around_(std::move(surroundings)), signals_{SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGUSR2}, sockets_(net::open_listen_socket) {
    ::signal(SIGPIPE, SIG_IGN);  // a log on standard output may end before we do
}

void Supervisor::adopt(int descriptor) {
    const auto endpoint = net::listening_endpoint(descriptor);
    if (!endpoint) {
        around_.events.warn(speaker, base::format("descriptor {} of the service manager is no TCP socket that listens: not used", descriptor));
        return;
    }
    sockets_.borrow(*endpoint, descriptor);
    around_.events.info(speaker, base::format("listening on {}, with a socket of the service manager", endpoint->text()));
}

void Supervisor::resume(const SupervisorState& state) {
    for (const SupervisorState::Socket& socket : state.sockets) {
        os::keep_to_ourselves(socket.descriptor);
        sockets_.adopt(socket.endpoint, socket.descriptor);
    }
    os::keep_to_ourselves(state.channel);
    current_ = Child{os::adopt_child(state.server), os::Channel(os::FileDescriptor(state.channel)), std::chrono::steady_clock::now(), true, false, std::nullopt, nullptr};
    has_served_ = true;
    around_.events.info(speaker, "upgrade: the supervisor runs the new program");
}

// The server is the installed program; this process becomes it as well, with all that it holds.
void Supervisor::follow_the_server() {
    if (!upgrading_ || successor_ || !current_ || !current_->serves || stopping_ || (current_->programs && current_->programs->is_busy())) {
        return;
    }
    upgrading_ = false;
    SupervisorState state{around_.lock, current_->process.process, current_->channel.descriptor(), {}};
    std::vector<int> inherited{state.lock, state.channel};
    for (const auto& [endpoint, descriptor] : sockets_.all()) {
        state.sockets.push_back({descriptor.get(), endpoint});
        inherited.push_back(descriptor.get());
    }
    const base::Error error = os::become_own({installed_, around_.arguments, {{SupervisorState::variable, state.text()}}, inherited});
    around_.events.warn(speaker, base::format("upgrade: the server is the new program, its supervisor stays the old one: {}", error.text));
}

int Supervisor::run() {
    if (!current_) {
        start_first();
    }
    while (!exit_status_) {
        wait_for_something();
    }
    return *exit_status_;
}

base::Result<Supervisor::Child> Supervisor::start(const std::string& program) const {
    auto ends = os::Channel::make();
    if (!ends) {
        return std::unexpected(ends.error());
    }
    os::OwnStart request{program, around_.arguments, {{protocol::channel_variable, std::to_string(ends->second.descriptor())}}, {ends->second.descriptor(), around_.lock}};
    auto process = os::start_own(request);
    if (!process) {
        return std::unexpected(process.error());
    }
    return Child{std::move(*process), std::move(ends->first), std::chrono::steady_clock::now(), false, false, std::nullopt, nullptr};
}

void Supervisor::start_first() {
    auto child = start(os::running_program);
    if (!child) {
        around_.events.on(speaker, observe::Remark{observe::Severity::fatal, {}, child.error().text});
        exit_status_ = 1;
        return;
    }
    current_ = std::move(*child);
}

void Supervisor::start_again() {
    start_at_.reset();
    upgrading_ = false;  // what crashed may have been the new one
    auto child = start(os::running_program);
    if (child) {
        current_ = std::move(*child);
        return;
    }
    around_.events.warn(speaker, base::format("the server cannot be started: {}", child.error().text));
    start_at_ = std::chrono::steady_clock::now() + plan_.crashed({});
}

void Supervisor::begin_handover(const std::string& program, std::string_view why) {
    if (stopping_ || successor_ || !current_ || !current_->serves) {
        around_.events.warn(speaker, base::format("{}: not now, the server is about to start or to end", why));
        return;
    }
    auto child = start(program);
    if (!child) {
        around_.events.warn(speaker, base::format("{}: {}; the server that runs goes on", why, child.error().text));
        return;
    }
    successor_ = std::move(*child);
    around_.events.info(speaker, base::format("{}: process {} prepares to take over from process {}", why, successor_->process.process, current_->process.process));
}

void Supervisor::wait_for_something() {
    std::array<pollfd, 5> watched{};
    watched[0] = {signals_.descriptor(), POLLIN, 0};
    std::size_t place = 1;
    for (const auto* child : {&current_, &successor_}) {
        watched[place++] = {*child ? (*child)->channel.descriptor() : -1, POLLIN, 0};
        watched[place++] = {*child ? (*child)->process.handle.get() : -1, POLLIN, 0};
    }
    constexpr int soon = 1000;  // a program that runs keeps the upgrade of this process waiting
    if (::poll(watched.data(), watched.size(), start_at_ ? to_milliseconds(*start_at_) : upgrading_ ? soon : -1) < 0) {
        return;
    }
    for (int signal = signals_.take(); signal != 0; signal = signals_.take()) {
        obey(signal);
    }
    if (watched[1].revents != 0) {
        hear(current_);
    }
    if (watched[3].revents != 0) {
        hear(successor_);
    }
    if (watched[4].revents != 0) {
        successor_ended(os::collect(successor_->process.process));
    }
    if (watched[2].revents != 0) {
        current_ended(os::collect(current_->process.process));
    }
    if (start_at_ && !exit_status_ && std::chrono::steady_clock::now() >= *start_at_) {
        start_again();
    }
    follow_the_server();
}

void Supervisor::obey(int signal) {
    switch (signal) {
        case SIGHUP:
            if (current_ && current_->serves) {
                const auto now = std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now().time_since_epoch());
                os::tell_init_system(base::format("RELOADING=1\nMONOTONIC_USEC={}", now.count()));
                reloading_ = true;
                os::send_signal(current_->process.process, SIGHUP);
            } else {
                reload_when_it_serves_ = true;
            }
            return;
        case SIGUSR2:
            begin_handover(installed_, "upgrade");
            upgrading_ = successor_.has_value();
            return;
        case SIGQUIT:  // what is accepted is in the spool: postfix abort
            for (auto* child : {&current_, &successor_}) {
                if (*child) {
                    end(**child, SIGKILL);
                }
            }
            break;
        default:
            if (current_) {
                end(*current_, signal);
            }
    }
    begin_stop();
    if (!current_) {
        exit_status_ = 0;
    }
}

void Supervisor::begin_stop() {
    if (successor_) {
        end(*successor_, SIGKILL);  // it has nothing yet that an end could harm
    }
    stopping_ = true;
    os::tell_init_system("STOPPING=1");
    start_at_.reset();
}

void Supervisor::end(Child& child, int signal) {
    child.told_to_end = true;
    os::send_signal(child.process.process, signal);
}

// The service manager waits for it since it heard that there is a reload.
void Supervisor::reload_is_over() {
    if (std::exchange(reloading_, false)) {
        os::tell_init_system("READY=1");
    }
}

void Supervisor::serves_now(Child& child) {
    child.serves = true;
    around_.follow_log();
    reload_is_over();
    sockets_.close_unwanted();
    if (std::exchange(reload_when_it_serves_, false)) {
        os::send_signal(child.process.process, SIGHUP);
    }
    if (!std::exchange(has_served_, true)) {
        os::tell_init_system(base::format("READY=1\nMAINPID={}\nSTATUS=serving", ::getpid()));
        if (around_.first_served) {
            around_.first_served();
        }
    }
}

void Supervisor::successor_ended(os::ProcessEnd end) {
    const pid_t process = successor_->process.process;
    successor_.reset();
    upgrading_ = false;
    if (!stopping_) {
        reload_is_over();
        const std::string_view rest = current_ && !current_->told_to_end ? "the server that runs goes on" : "the server that ends for it is started again";
        around_.events.warn(speaker, base::format("process {} does not take over: {}; {}. \"posthouse check\" may say why", process, how(end), rest));
    }
}

void Supervisor::current_ended(os::ProcessEnd end) {
    const Child ended = std::move(*current_);
    current_.reset();
    if (stopping_) {
        // A server that was about to start has no other way to end.
        const bool in_order = end.signal == SIGTERM || end.signal == SIGINT;
        exit_status_ = in_order ? 0 : end.signal != 0 ? 128 + end.signal : end.exit_status;
        return;
    }
    if (successor_) {
        if (!ended.told_to_end) {
            around_.events.warn(speaker, base::format("process {} posthouse {}", ended.process.process, how(end)));
        }
        current_ = std::move(successor_);
        successor_.reset();
        if (current_->waits_for_spool) {
            sockets_.begin();
            answer(*current_, *current_->waits_for_spool, mail::Record("ok"));
        }
        return;
    }
    const bool abandoned = end.signal == 0 && end.exit_status == protocol::abandoned;
    if (ended.told_to_end || abandoned) {  // nobody asked for a stop
        around_.events.warn(speaker, abandoned ? "the server ended because this supervisor did not answer; starting another" : "the server ended for one that did not take over; starting another");
        start_again();
        return;
    }
    if (end.signal == 0 && (end.exit_status == 0 || !has_served_)) {
        exit_status_ = end.exit_status;
        return;
    }
    if (!has_served_) {
        around_.events.on(speaker, observe::Remark{observe::Severity::fatal, {}, base::format("the server did not start: {}", how(end))});
        exit_status_ = 128 + end.signal;
        return;
    }
    crashed(ended, end);
}

void Supervisor::crashed(const Child& child, os::ProcessEnd end) {
    const auto now = std::chrono::steady_clock::now();
    const auto wait = plan_.crashed(now - child.started);
    std::string text = base::format("process {} posthouse {}; it is started again {}, and what it accepted is in the queue", child.process.process, how(end),
                                    wait.count() == 0 ? std::string("at once") : base::format("in {} ms", wait.count()));
    if (plan_.is_hopeless()) {
        text += base::format(". That is crash number {} in a row: see the lines above in this log, \"posthouse check\", free disk and memory, and report it with a core", plan_.crashes());
    }
    around_.events.on(speaker, observe::Remark{plan_.is_hopeless() ? observe::Severity::fatal : observe::Severity::warning, {}, text});
    start_at_ = now + wait;
}

}  // namespace posthouse::app
