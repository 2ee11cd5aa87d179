#include "receive/postscreen/screened_clients.hpp"

#include "base/format.hpp"

namespace posthouse::receive::postscreen {

ScreenedClients::Arrival ScreenedClients::enter(const base::IpAddress& client, std::size_t pre_queue_limit) {
    return state_.with([&](State& state) {
        Arrival out;
        out.of_this_client = ++state.clients[client].sessions;
        ++state.present;
        out.waiting = state.waiting;
        out.screened = state.present - state.waiting;
        if (!state.stressed && pre_queue_limit > 0 && state.present * 10 >= pre_queue_limit * 9) {
            state.stressed = true;
            out.stress_began = state.present;
        }
        return out;
    });
}

std::optional<std::size_t> ScreenedClients::leave(const base::IpAddress& client, std::size_t pre_queue_limit) {
    return state_.with([&](State& state) -> std::optional<std::size_t> {
        const auto found = state.clients.find(client);
        if (found != state.clients.end() && --found->second.sessions == 0) {
            state.clients.erase(found);
        }
        --state.present;
        if (!state.stressed || state.present * 10 > pre_queue_limit * 7) {
            return std::nullopt;
        }
        state.stressed = false;
        return state.present;
    });
}

bool ScreenedClients::stressed() {
    return state_.with([](const State& state) { return state.stressed; });
}

void ScreenedClients::wait_begins() {
    state_.with([](State& state) { ++state.waiting; });
}

void ScreenedClients::wait_ended() {
    state_.with([](State& state) { --state.waiting; });
}

void ScreenedClients::set_stamps(const base::IpAddress& client, const TestStamps& stamps) {
    state_.with([&](State& state) { state.clients[client].stamps = stamps; });
}

TestStamps ScreenedClients::stamps(const base::IpAddress& client) {
    return state_.with([&](State& state) { return state.clients[client].stamps; });
}

void ScreenedClients::set_stamp(const base::IpAddress& client, Test test, std::int64_t expires) {
    state_.with([&](State& state) { state.clients[client].stamps[test] = expires; });
}

bool ScreenedClients::first_to_pass(const base::IpAddress& client) {
    return state_.with([&](State& state) { return state.clients[client].passed++ == 0; });
}

Visit::Visit(std::shared_ptr<ScreenedClients> clients, base::IpAddress client, std::size_t pre_queue_limit, observe::EventSink& events, std::string label)
    : clients_(std::move(clients)),
      client_(client),
      pre_queue_limit_(pre_queue_limit),
      events_(events),
      label_(std::move(label)),
      arrival_(clients_->enter(client, pre_queue_limit)) {
    if (arrival_.stress_began) {
        events_.info(label_, base::format("entering STRESS mode with {} connections", *arrival_.stress_began));
    }
}

Visit::~Visit() {
    if (waits_) {
        clients_->wait_ended();
    }
    if (const auto left = clients_->leave(client_, pre_queue_limit_)) {
        events_.info(label_, base::format("leaving STRESS mode with {} connections", *left));
    }
}

void Visit::wait_for_session() {
    waits_ = true;
    clients_->wait_begins();
}

}  // namespace posthouse::receive::postscreen
