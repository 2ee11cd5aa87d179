#pragma once
// SimNetwork: world::Network of one core of one simulated machine.
#include <deque>
#include <vector>

#include "sim/connection.hpp"
#include "world/network.hpp"

namespace posthouse::sim {

class SimListener;

class SimListenSocket final : public world::ListenSocket {
public:
    SimListenSocket(Internet& internet, std::shared_ptr<Incarnation> host, ListenAddress address)
        : internet_(internet), host_(std::move(host)), address_(std::move(address)) {}
    ~SimListenSocket() override;
    [[nodiscard]] base::Endpoint local() const override { return address_.endpoint; }

    [[nodiscard]] const ListenAddress& address() const { return address_; }
    [[nodiscard]] const std::shared_ptr<Incarnation>& host() const { return host_; }
    [[nodiscard]] bool answers(const ListenAddress& target) const;
    /// False: the backlog is full.
    bool offer(std::unique_ptr<world::Stream> stream);
    std::unique_ptr<world::Stream> take();

private:
    friend class SimListener;
    void wake_one();

    Internet& internet_;
    std::shared_ptr<Incarnation> host_;
    ListenAddress address_;
    std::deque<std::unique_ptr<world::Stream>> backlog_;
    std::vector<SimListener*> listeners_;
};

class SimListener final : public world::Listener {
public:
    explicit SimListener(std::shared_ptr<SimListenSocket> socket);
    ~SimListener() override;
    world::Task<base::Result<std::unique_ptr<world::Stream>>> accept() override;
    [[nodiscard]] base::Endpoint local() const override { return socket_->local(); }

private:
    friend class SimListenSocket;
    std::shared_ptr<SimListenSocket> socket_;
    WaitPoint offered_;
};

class SimNetwork final : public world::Network {
public:
    SimNetwork(Internet& internet, std::shared_ptr<Incarnation> host) : internet_(internet), host_(std::move(host)) {}

    world::Task<base::Result<std::unique_ptr<world::Stream>>> connect(base::Endpoint peer, std::optional<base::IpAddress> bind_address,
                                                                       Deadline deadline) override;
    world::Task<base::Result<std::unique_ptr<world::Stream>>> connect_unix(std::string path, Deadline deadline) override;
    base::Result<std::shared_ptr<world::ListenSocket>> listen(base::Endpoint local) override;
    base::Result<std::shared_ptr<world::ListenSocket>> listen_unix(std::string path, unsigned mode) override;
    base::Result<std::unique_ptr<world::Listener>> share(const std::shared_ptr<world::ListenSocket>& socket) override;

private:
    world::Task<base::Result<std::unique_ptr<world::Stream>>> open(ListenAddress target, base::Endpoint local, Deadline deadline);
    base::Result<std::shared_ptr<world::ListenSocket>> listen_at(ListenAddress address);

    Internet& internet_;
    std::shared_ptr<Incarnation> host_;
};

}  // namespace posthouse::sim
