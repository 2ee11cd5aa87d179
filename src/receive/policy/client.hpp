#pragma once
// PolicyClient: asks one policy server, over connections that are kept for the next question. One per server and core; lives on
// that core, but may be freed on any after stop(), once the last session is gone.
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "receive/policy/reply.hpp"
#include "receive/policy/server_name.hpp"
#include "world/buffered_stream.hpp"
#include "world/clock.hpp"
#include "world/network.hpp"
#include "world/task_group.hpp"

namespace posthouse::receive {

/// How connections to a policy server come about.
class PolicyConnector {
public:
    virtual ~PolicyConnector() = default;
    virtual world::Task<base::Result<std::unique_ptr<world::Stream>>> connect(world::Deadline deadline) = 0;
    /// How many connections this core may keep while nobody asks.
    [[nodiscard]] virtual std::size_t idle_max() const { return 100; }  // ours: as many as Postfix has smtpd processes
    /// Whether somebody waits for a connection to end.
    [[nodiscard]] virtual bool is_scarce() const { return false; }
};

class PolicyClient {
public:
    PolicyClient(std::unique_ptr<PolicyConnector> connector, PolicySettings settings, world::Clock& clock)
        : settings_(std::move(settings)), connector_(std::move(connector)), clock_(clock) {}
    /// From now on no connection is kept.
    void keep_none() { stopped_ = true; }

    /// The action that the server answers; after try_limit failures an error. Each failure is told to `warned`, as Postfix words it.
    using Warned = std::function<void(const std::string& text)>;
    world::Task<base::Result<std::string>> ask(std::string request, Warned warned);
    /// Ends idle connections and keeps none from now on.
    world::Task<void> stop();

    [[nodiscard]] const PolicySettings& settings() const { return settings_; }
    [[nodiscard]] std::size_t idle_count() const { return idle_.size(); }

private:
    struct Connection {
        explicit Connection(std::unique_ptr<world::Stream> opened) : stream(std::move(opened)) {}
        world::BufferedStream stream;
        world::SteadyTime opened_at, idle_since;
        std::size_t requests = 0;
    };
    world::Task<base::Result<std::string>> try_once(const std::string& request, const Warned& warned);
    world::Task<base::Result<std::string>> exchange(Connection& connection, const std::string& request) const;
    std::unique_ptr<Connection> take_idle();
    void keep(std::unique_ptr<Connection> connection);
    [[nodiscard]] world::SteadyTime expiry(const Connection& connection) const;
    world::Task<void> expire();

    PolicySettings settings_;
    std::unique_ptr<PolicyConnector> connector_;
    world::Clock& clock_;
    std::vector<std::unique_ptr<Connection>> idle_;  // the last one is used first, so that those too many expire
    bool expiring_ = false, stopped_ = false;
    world::TaskGroup tasks_;
};

/// The clients of one core, by server and settings: lists that name the same one share its connections.
class PolicyClients {
public:
    using MakeConnector = std::function<std::unique_ptr<PolicyConnector>(const PolicyServerName& server)>;
    PolicyClients(MakeConnector make_connector, world::Clock& clock) : make_connector_(std::move(make_connector)), clock_(clock) {}

    [[nodiscard]] std::shared_ptr<PolicyClient> get(const PolicySettings& settings);
    world::Task<void> stop();

private:
    MakeConnector make_connector_;
    world::Clock& clock_;
    std::vector<std::shared_ptr<PolicyClient>> clients_;
    bool stopped_ = false;
};

}  // namespace posthouse::receive
