#pragma once
// RudeClient: connects and misbehaves: hangs up anywhere, talks HTTP, drips, never reads, smuggles, half-closes. It never ends
// a message properly, so no mail of its can ever be delivered.
#include "sim/peers/peer_host.hpp"
#include "world/buffered_stream.hpp"

namespace posthouse::sim {

class RudeClient {
public:
    RudeClient(PeerHost& host, base::Endpoint server) : host_(host), server_(server) {}

    /// So many visits, with pauses of up to an hour.
    world::Task<void> visit(std::size_t times);

private:
    world::Task<void> one_visit();
    world::Task<void> say(world::BufferedStream& stream, std::string text);
    world::Task<void> leave_in_content(world::BufferedStream& stream);
    world::Task<void> drip(world::BufferedStream& stream);
    [[nodiscard]] Deadline soon() const { return host_.clock.deadline_in(std::chrono::minutes(6)); }
    SimRandom& random() { return host_.world.scheduler.random(); }

    PeerHost& host_;
    base::Endpoint server_;
};

}  // namespace posthouse::sim
