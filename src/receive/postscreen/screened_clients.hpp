#pragma once
// ScreenedClients: who is at the screen of a postscreen row right now, on all cores: how many of each address, how many wait for a
// session, and whether that is stress. What sessions of one address find out they share, so that the last does not undo the first.
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>

#include "base/guarded.hpp"
#include "base/ip_address.hpp"
#include "observe/event.hpp"
#include "receive/client_limits.hpp"
#include "receive/postscreen/test_stamps.hpp"

namespace posthouse::receive::postscreen {

class ScreenedClients {
public:
    struct Arrival {
        std::size_t of_this_client = 0;  // this one included
        std::size_t screened = 0;        // this one included; not those that wait for a session
        std::size_t waiting = 0;         // for a session
        std::optional<std::size_t> stress_began;  // with so many clients
    };
    /// `pre_queue_limit`: postscreen_pre_queue_limit; nine tenths of it are stress, seven tenths end it.
    Arrival enter(const base::IpAddress& client, std::size_t pre_queue_limit);
    /// How many are left if that ends the stress.
    std::optional<std::size_t> leave(const base::IpAddress& client, std::size_t pre_queue_limit);
    [[nodiscard]] bool stressed();

    /// A client that passed waits for a session, or does not any more.
    void wait_begins();
    void wait_ended();

    // of a client that is here
    void set_stamps(const base::IpAddress& client, const TestStamps& stamps);
    [[nodiscard]] TestStamps stamps(const base::IpAddress& client);
    void set_stamp(const base::IpAddress& client, Test test, std::int64_t expires);
    /// True: the first of this client's sessions to say so.
    bool first_to_pass(const base::IpAddress& client);

private:
    struct Client {
        std::size_t sessions = 0;
        std::size_t passed = 0;
        TestStamps stamps;
    };
    struct State {
        std::unordered_map<base::IpAddress, Client, ClientLimits::Hash> clients;
        std::size_t present = 0, waiting = 0;
        bool stressed = false;
    };
    base::Guarded<State> state_;
};

/// One client's stay. Logs the beginning and the end of stress.
class Visit {
public:
    Visit(std::shared_ptr<ScreenedClients> clients, base::IpAddress client, std::size_t pre_queue_limit, observe::EventSink& events, std::string label);
    Visit(const Visit&) = delete;
    Visit& operator=(const Visit&) = delete;
    ~Visit();
    void wait_for_session();
    [[nodiscard]] const ScreenedClients::Arrival& arrival() const { return arrival_; }

private:
    std::shared_ptr<ScreenedClients> clients_;
    base::IpAddress client_;
    std::size_t pre_queue_limit_;
    observe::EventSink& events_;
    std::string label_;
    ScreenedClients::Arrival arrival_;
    bool waits_ = false;
};

}  // namespace posthouse::receive::postscreen
