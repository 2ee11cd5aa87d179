// Supervisor: what servers ask of it.
#include <csignal>

#include "base/format.hpp"
#include "base/text.hpp"
#include "start/supervisor.hpp"
#include "start/supervisor_protocol.hpp"

namespace posthouse::app {

namespace protocol = supervisor_protocol;

namespace {

constexpr const char* speaker = "postfix/master";

}  // namespace

void Supervisor::hear(std::optional<Child>& child) {
    const auto message = child->channel.receive(world::Deadline::at(std::chrono::steady_clock::now()));
    if (!message) {
        if (message.error().kind == base::ErrorKind::closed) {
            child->channel.close();  // its end is about to be seen
        }
        return;
    }
    const auto request = mail::decode_record(base::trim(message->text));
    const std::uint64_t id = request ? request->number("id").value_or(0) : 0;
    if (request && request->word == protocol::spool) {
        give_spool(*child, id);
        return;
    }
    std::vector<os::FileDescriptor> descriptors;
    mail::Record reply = request ? handle(*child, *request, descriptors) : protocol::error_reply(request.error());
    answer(*child, id, std::move(reply), descriptors);
}

void Supervisor::answer(const Child& child, std::uint64_t id, mail::Record reply, const std::vector<os::FileDescriptor>& descriptors) {
    reply.add("id", id);
    std::vector<int> numbers;
    for (const os::FileDescriptor& descriptor : descriptors) {
        numbers.push_back(descriptor.get());
    }
    static_cast<void>(child.channel.send(mail::encode(reply), numbers));  // to one that is gone, or that waits no longer
}

mail::Record Supervisor::handle(Child& child, const mail::Record& request, std::vector<os::FileDescriptor>& descriptors) {
    if (request.word == protocol::listen) {
        return hold(request, descriptors);
    }
    if (request.word == protocol::close) {
        const auto endpoint = protocol::endpoint_of(request);
        if (endpoint && !child.told_to_end) {
            sockets_.release(*endpoint);
        }
        return mail::Record("ok");
    }
    if (request.word == protocol::ready) {
        serves_now(child);
        return mail::Record("ok");
    }
    if (request.word == protocol::reloaded) {
        if (!successor_) {  // it takes over, and says when it has
            reload_is_over();
        }
        return mail::Record("ok");
    }
    if (request.word == protocol::stopping && !child.told_to_end) {
        begin_stop();
        return mail::Record("ok");
    }
    if (request.word == protocol::ping) {
        return mail::Record("ok");
    }
    if (request.word == protocol::program) {
        return start_program(child, request, descriptors);
    }
    if (request.word == protocol::log) {
        auto log = around_.open_log();
        if (!log) {
            return protocol::error_reply(log.error());
        }
        descriptors.push_back(std::move(*log));
        return mail::Record("ok");
    }
    if (request.word == protocol::replace) {
        begin_handover(os::running_program, "reload");
        return successor_ ? mail::Record("ok") : protocol::error_reply({base::ErrorKind::unavailable, "a new process cannot take over now"});
    }
    return protocol::error_reply({base::ErrorKind::invalid, base::format("the supervisor does not know \"{}\"", request.word)});
}

mail::Record Supervisor::hold(const mail::Record& request, std::vector<os::FileDescriptor>& descriptors) {
    const auto endpoint = protocol::endpoint_of(request);
    if (!endpoint) {
        return protocol::error_reply({base::ErrorKind::invalid, "listen: no address"});
    }
    const auto socket = sockets_.hold(*endpoint);
    if (!socket) {
        return protocol::error_reply(socket.error());
    }
    os::FileDescriptor copy = os::FileDescriptor::copy_of(*socket);
    if (!copy.valid()) {
        return protocol::error_reply({base::ErrorKind::limit, "listen on " + endpoint->text() + ": no descriptor left"});
    }
    descriptors.push_back(std::move(copy));
    return mail::Record("ok");
}

mail::Record Supervisor::start_program(Child& child, const mail::Record& request, std::vector<os::FileDescriptor>& descriptors) {
    if (!child.programs) {
        child.programs = around_.make_starter();
    }
    return child.programs->start(request, descriptors);
}

void Supervisor::give_spool(Child& child, std::uint64_t id) {
    if (successor_ && &child == &*successor_ && current_) {
        child.waits_for_spool = id;
        around_.events.info(speaker, base::format("process {} takes over; connections wait until process {} has ended", child.process.process, current_->process.process));
        end(*current_, SIGTERM);
        return;
    }
    sockets_.begin();
    answer(child, id, mail::Record("ok"));
}

}  // namespace posthouse::app
