#pragma once
// MilterServer: a milter of the outside world. It marks every message that it saw to the end, refuses some for now, stalls, hangs up
// and answers nonsense; nothing may pass it unseen where the default action is "tempfail".
#include "sim/peers/peer_host.hpp"
#include "world/buffered_stream.hpp"
#include "world/task_group.hpp"

namespace posthouse::sim {

class MilterServer {
public:
    static constexpr std::string_view mark = "X-Milter: seen";  // the field that it adds

    MilterServer(PeerHost& host, base::Endpoint listen) : host_(host), listen_(listen) {}

    /// Listens; false if the address is taken.
    bool start();
    world::Task<void> stop() { return tasks_.stop(); }
    [[nodiscard]] std::size_t messages() const { return messages_; }

private:
    world::Task<void> serve(std::unique_ptr<world::Stream> stream);
    /// What it says to a command; nothing: it expects no answer.
    [[nodiscard]] std::string answer(char command, std::uint32_t silent_steps);
    bool chance(unsigned per_mille) { return host_.world.scheduler.random().chance(per_mille); }

    PeerHost& host_;
    base::Endpoint listen_;
    std::size_t messages_ = 0;
    world::TaskGroup tasks_;
};

}  // namespace posthouse::sim
