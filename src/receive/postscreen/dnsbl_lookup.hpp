#pragma once
// DnsblLookup: asks all lists about one client at once, and adds up what they say. Lives on the client's core.
#include <string>

#include "observe/event.hpp"
#include "receive/postscreen/screen.hpp"
#include "world/signal.hpp"
#include "world/task_group.hpp"

namespace posthouse::receive::postscreen {

class DnsblLookup {
public:
    DnsblLookup(std::shared_ptr<const Screen> screen, world::Core& core, observe::EventSink& events) : screen_(std::move(screen)), core_(core), events_(events) {}

    void start(base::IpAddress client);
    /// Until every list has answered, or postscreen_dnsbl_timeout has passed.
    world::Task<void> wait_complete();
    [[nodiscard]] bool is_complete() const { return unanswered_ == 0; }
    /// So far.
    [[nodiscard]] const DnsblScore& score() const { return score_; }
    /// To be called before it goes.
    world::Task<void> stop() { return questions_.stop(); }

private:
    world::Task<void> ask(std::size_t domain, base::IpAddress client);

    std::shared_ptr<const Screen> screen_;
    world::Core& core_;
    observe::EventSink& events_;
    DnsblScore score_;
    std::size_t unanswered_ = 0;
    world::Signal complete_;
    world::TaskGroup questions_;
};

}  // namespace posthouse::receive::postscreen
