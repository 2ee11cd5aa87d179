#pragma once
// DovecotServer: an authentication service of the outside world, of which the server asks whether passwords are right. It
// stalls, hangs up and says "not now", but it never grants what is wrong.
#include <map>

#include "sim/peers/peer_host.hpp"
#include "world/buffered_stream.hpp"
#include "world/task_group.hpp"

namespace posthouse::sim {

class DovecotServer {
public:
    DovecotServer(PeerHost& host, base::Endpoint listen, std::map<std::string, std::string> users) : host_(host), listen_(listen), users_(std::move(users)) {}

    /// Listens; false if the address is taken.
    bool start();
    world::Task<void> stop() { return tasks_.stop(); }
    [[nodiscard]] std::size_t granted() const { return granted_; }

private:
    world::Task<void> serve(std::unique_ptr<world::Stream> stream);
    [[nodiscard]] std::string answer(const std::string& line);
    bool chance(unsigned per_mille) { return host_.world.scheduler.random().chance(per_mille); }

    PeerHost& host_;
    base::Endpoint listen_;
    std::map<std::string, std::string> users_;
    std::size_t granted_ = 0;
    world::TaskGroup tasks_;
};

}  // namespace posthouse::sim
