#include "start/server_link.hpp"

#include <cstdlib>

#include "base/format.hpp"
#include "base/text.hpp"
#include "os/own_process.hpp"
#include "start/supervisor_protocol.hpp"

namespace posthouse::app {

using base::Result;
namespace protocol = supervisor_protocol;

namespace {

// It has little to do: one that does not answer for so long hangs. Tests are less patient.
std::chrono::milliseconds patience() {
    const char* text = std::getenv("POSTHOUSE_SUPERVISOR_PATIENCE_MS");
    const auto number = text != nullptr ? base::parse_number(text) : std::nullopt;
    return std::chrono::milliseconds(number && *number > 0 && *number < 3'600'000 ? static_cast<long>(*number) : 30'000L);
}

}  // namespace

std::unique_ptr<ServerLink> ServerLink::inherited() {
    const char* text = std::getenv(protocol::channel_variable);
    const auto number = text != nullptr ? base::parse_number(text) : std::nullopt;
    ::unsetenv(protocol::channel_variable);  // no thread runs yet
    if (!number || *number > 0x7fffffff) {
        return nullptr;
    }
    const int descriptor = static_cast<int>(*number);
    os::keep_to_ourselves(descriptor);
    return std::make_unique<ServerLink>(os::Channel(os::FileDescriptor(descriptor)));
}

ServerLink::ServerLink(os::Channel channel) : channel_(std::move(channel)), patience_(patience()) {}

world::Deadline ServerLink::soon() const { return world::Deadline::at(std::chrono::steady_clock::now() + patience_); }

Result<ServerLink::Reply> ServerLink::call(mail::Record request) { return call(std::move(request), soon()); }

Result<ServerLink::Reply> ServerLink::call(mail::Record request, world::Deadline deadline) {
    const std::lock_guard lock(mutex_);
    const std::uint64_t id = ++last_id_;
    request.add("id", id);
    if (auto sent = channel_.send(mail::encode(request)); !sent) {
        return base::fail(sent.error(), "supervisor");
    }
    for (;;) {
        auto message = channel_.receive(deadline);
        if (!message) {
            return base::fail(message.error(), "supervisor");
        }
        auto record = mail::decode_record(base::trim(message->text));
        if (!record) {
            return base::fail(record.error(), "supervisor");
        }
        if (record->number("id") != id) {
            continue;  // the answer to a call that was given up
        }
        if (record->word != "ok") {
            return std::unexpected(protocol::error_of(*record));
        }
        return Reply{std::move(*record), std::move(message->descriptors)};
    }
}

Result<int> ServerLink::open(base::Endpoint local) {
    mail::Record request(protocol::listen);
    protocol::add_endpoint(request, local);
    auto reply = call(std::move(request));
    if (!reply) {
        return std::unexpected(reply.error());
    }
    if (reply->descriptors.size() != 1) {
        return base::fail(base::ErrorKind::invalid, "supervisor: no socket came");
    }
    return reply->descriptors.front().release();
}

void ServerLink::closed(base::Endpoint local) {
    mail::Record request(protocol::close);
    protocol::add_endpoint(request, local);
    static_cast<void>(call(std::move(request)));  // a supervisor that is gone holds nothing
}

Result<void> ServerLink::wait_for_spool() {
    auto reply = call(mail::Record(protocol::spool), world::Deadline::never());
    return reply ? Result<void>() : std::unexpected(reply.error());
}

Result<void> ServerLink::ready() {
    auto reply = call(mail::Record(protocol::ready));
    return reply ? Result<void>() : std::unexpected(reply.error());
}

Result<void> ServerLink::reloaded() {
    auto reply = call(mail::Record(protocol::reloaded));
    return reply ? Result<void>() : std::unexpected(reply.error());
}

Result<void> ServerLink::stopping() {
    auto reply = call(mail::Record(protocol::stopping));
    return reply ? Result<void>() : std::unexpected(reply.error());
}

std::unique_ptr<os::ChannelWatch> ServerLink::watch(std::function<void(const std::string&)> lost, std::function<void()> tick) {
    auto why = std::make_shared<std::string>("has died");
    auto answers = [this, why, tick = std::move(tick)] {
        tick();
        const auto reply = call(mail::Record(protocol::ping));
        *why = reply ? *why : base::format("does not answer ({})", reply.error().text);
        return reply.has_value();
    };
    return std::make_unique<os::ChannelWatch>(channel_, patience_ / 5, std::move(answers), [why, lost = std::move(lost)] { lost(*why); });
}

}  // namespace posthouse::app
