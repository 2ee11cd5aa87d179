#include "receive/policy/client.hpp"

#include "base/format.hpp"

namespace posthouse::receive {

world::Task<base::Result<std::string>> PolicyClient::ask(std::string request, Warned warned) {
    for (std::size_t tried = 1;; ++tried) {
        world::Task<base::Result<std::string>> trying = try_once(request, warned);
        base::Result<std::string> answer = co_await std::move(trying);
        if (answer) {
            co_return answer;
        }
        warned(base::format("problem talking to server {}: {}", settings_.server.text, answer.error().text));
        if (tried >= settings_.try_limit) {
            co_return answer;
        }
        co_await clock_.sleep_for(settings_.retry_delay);
    }
}

world::Task<base::Result<std::string>> PolicyClient::try_once(const std::string& request, const Warned& warned) {
    // A kept connection may end at the very moment when it is used: that says nothing about the server.
    while (std::unique_ptr<Connection> kept = take_idle()) {
        world::Task<base::Result<std::string>> asking = exchange(*kept, request);
        base::Result<std::string> answer = co_await std::move(asking);
        if (answer) {
            keep(std::move(kept));
            co_return answer;
        }
        if (answer.error().kind != base::ErrorKind::closed && answer.error().kind != base::ErrorKind::reset) {
            co_return answer;
        }
    }
    world::Task<base::Result<std::unique_ptr<world::Stream>>> connecting = connector_->connect(clock_.deadline_in(settings_.timeout));
    base::Result<std::unique_ptr<world::Stream>> stream = co_await std::move(connecting);
    if (!stream) {
        warned(base::format("connect to {}: {}", settings_.server.text, stream.error().text));
        co_return std::unexpected(stream.error());
    }
    auto connection = std::make_unique<Connection>(std::move(*stream));
    connection->opened_at = clock_.now();
    world::Task<base::Result<std::string>> asking = exchange(*connection, request);
    base::Result<std::string> answer = co_await std::move(asking);
    if (answer) {
        keep(std::move(connection));
    }
    co_return answer;
}

world::Task<base::Result<std::string>> PolicyClient::exchange(Connection& connection, const std::string& request) const {
    ++connection.requests;
    connection.stream.queue(request);
    const auto sent = co_await connection.stream.flush(clock_.deadline_in(settings_.timeout));
    if (!sent) {
        co_return std::unexpected(sent.error());
    }
    const world::Deadline deadline = clock_.deadline_in(settings_.timeout);
    PolicyReply reply;
    for (;;) {
        const auto line = co_await connection.stream.read_line(PolicyReply::line_max, deadline);
        if (!line) {
            co_return std::unexpected(line.error());
        }
        if (line->too_long) {
            co_return base::fail(base::ErrorKind::limit, base::format("a line of more than {} bytes in the reply", PolicyReply::line_max));
        }
        const PolicyReply::State state = reply.feed(line->text);
        if (state == PolicyReply::State::malformed) {
            co_return base::fail(base::ErrorKind::unavailable, reply.problem());
        }
        if (state == PolicyReply::State::complete) {
            co_return reply.action();
        }
    }
}

world::SteadyTime PolicyClient::expiry(const Connection& connection) const {
    return std::min(connection.idle_since + settings_.max_idle, connection.opened_at + settings_.max_ttl);
}

std::unique_ptr<PolicyClient::Connection> PolicyClient::take_idle() {
    while (!idle_.empty()) {
        std::unique_ptr<Connection> connection = std::move(idle_.back());
        idle_.pop_back();
        if (expiry(*connection) > clock_.now() && !connection->stream.stream().readable_now()) {
            return connection;
        }
    }
    return nullptr;
}

void PolicyClient::keep(std::unique_ptr<Connection> connection) {
    connection->idle_since = clock_.now();
    const bool used_up = settings_.request_limit > 0 && connection->requests >= settings_.request_limit;
    // What was said after the answer would be taken for the next one.
    const bool said_more = !connection->stream.buffered().empty();
    if (stopped_ || used_up || said_more || expiry(*connection) <= clock_.now() || idle_.size() >= connector_->idle_max() || connector_->is_scarce()) {
        return;
    }
    idle_.push_back(std::move(connection));
    if (!std::exchange(expiring_, true)) {
        tasks_.spawn(expire());
    }
}

world::Task<void> PolicyClient::expire() {
    struct Done {
        bool& flag;
        ~Done() { flag = false; }
    };
    const Done done{expiring_};
    while (!idle_.empty()) {
        world::SteadyTime first = world::SteadyTime::max();
        for (const auto& connection : idle_) {
            first = std::min(first, expiry(*connection));
        }
        co_await clock_.sleep_until(first);
        const world::SteadyTime now = clock_.now();
        std::erase_if(idle_, [&](const auto& connection) { return expiry(*connection) <= now; });
    }
}

world::Task<void> PolicyClient::stop() {
    stopped_ = true;
    co_await tasks_.stop();
    idle_.clear();
}

std::shared_ptr<PolicyClient> PolicyClients::get(const PolicySettings& settings) {
    for (const auto& client : clients_) {
        if (client->settings() == settings) {
            return client;
        }
    }
    clients_.push_back(std::make_shared<PolicyClient>(make_connector_(settings.server), settings, clock_));
    if (stopped_) {
        clients_.back()->keep_none();
    }
    return clients_.back();
}

world::Task<void> PolicyClients::stop() {
    stopped_ = true;
    const std::vector<std::shared_ptr<PolicyClient>> clients = clients_;
    for (const auto& client : clients) {
        co_await client->stop();
    }
}

}  // namespace posthouse::receive
