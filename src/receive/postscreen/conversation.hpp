#pragma once
// Conversation: what a client says to the screen and hears from it. Reads little at a time: most clients here have nothing to say yet,
// and many never will. Lives on the client's core.
#include <optional>
#include <string>

#include "receive/postscreen/screen.hpp"
#include "world/network.hpp"

namespace posthouse::receive::postscreen {

class Conversation {
public:
    Conversation(std::shared_ptr<const Screen> screen, world::Core& core, observe::EventSink& events, std::unique_ptr<world::Stream> stream)
        : screen_(std::move(screen)), core_(core), events_(events), stream_(std::move(stream)), peer_(stream_->peer()) {}

    /// Adds the operator's footer to a refusal, and sends. False: the client is gone.
    world::Task<bool> say(smtp::Reply reply);
    /// Exactly these bytes.
    world::Task<bool> say_raw(std::string text);
    /// Appends what comes next to input(); 0 bytes: the client has hung up.
    world::Task<base::Result<std::size_t>> listen(world::Deadline deadline);

    /// What was heard and not used up yet.
    [[nodiscard]] std::string& input() { return input_; }
    [[nodiscard]] world::Stream& stream() { return *stream_; }
    /// "[192.0.2.1]:1025"
    [[nodiscard]] std::string client() const;
    [[nodiscard]] const base::Endpoint& peer() const { return peer_; }
    /// A refusal by soft_bounce's rules.
    [[nodiscard]] smtp::Reply softened(smtp::Reply reply) const;
    /// The stream for a session, which begins with what was heard so far.
    [[nodiscard]] std::unique_ptr<world::Stream> hand_over();

private:
    world::Task<void> add_footer(smtp::Reply& reply);

    /// As much as postscreen(8) looks at of what a client says too early.
    static constexpr std::size_t read_size = 1023;
    /// Ours: replies are short, so whoever lets one wait does not read at all.
    static constexpr std::chrono::seconds write_time_max{10};

    std::shared_ptr<const Screen> screen_;
    world::Core& core_;
    observe::EventSink& events_;
    std::unique_ptr<world::Stream> stream_;
    base::Endpoint peer_;
    std::string input_;
};

}  // namespace posthouse::receive::postscreen
