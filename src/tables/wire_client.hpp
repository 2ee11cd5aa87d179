#pragma once
// WireClient: asks one server in one WireProtocol, from all cores. Every core has connections of its own, keeps them for a while and
// has only so many. A server that does not answer in time makes the answer `unknown`.
#include <memory>
#include <string>
#include <vector>

#include "tables/server_address.hpp"
#include "tables/wire_protocol.hpp"
#include "world/buffered_stream.hpp"
#include "world/signal.hpp"

namespace posthouse::tables {

struct WireLimits {
    std::chrono::milliseconds patience = lookup_patience;  // for one lookup, waiting for a connection included
    std::chrono::seconds idle{10};                         // a connection that was not used for so long is closed
    std::chrono::seconds age{100};                         // so that another server behind the same name gets its share
    std::size_t connections_per_core = 10;                 // ours
    std::size_t tries = 2;                                 // the second after a connection that went away
    std::chrono::milliseconds pause{0};                    // before the next try when it was a new connection that failed; 0: no other try then
};

class WireClient {
public:
    /// `outside.cores` is set. Errors begin with `name`.
    WireClient(std::string name, ServerAddress server, std::unique_ptr<WireProtocol> protocol, Surroundings outside, WireLimits limits = {});
    /// On any thread: what belongs to a core is handed to it.
    ~WireClient();
    WireClient(const WireClient&) = delete;
    WireClient& operator=(const WireClient&) = delete;

    /// The client must outlive the task.
    [[nodiscard]] world::Task<Lookup> ask(std::string key) const;
    /// The same for a question that is no key; replies as of a key.
    [[nodiscard]] world::Task<Lookup> exchange(std::string question) const;

private:
    struct Connection;
    struct OneCore;
    enum class Again { no, at_once, after_pause };
    using Acquired = base::Result<std::unique_ptr<Connection>>;

    world::Task<Lookup> exchange_once(world::Core& core, OneCore& mine, std::string question, world::Deadline deadline, Again& again) const;
    world::Task<bool> wait_for_turn(world::Core& core, OneCore& mine, world::Deadline deadline) const;
    [[nodiscard]] std::unique_ptr<Connection> take_idle(world::Core& core, OneCore& mine) const;
    void put_back(world::Core& core, OneCore& mine, std::unique_ptr<Connection> connection) const;

    std::string name_;
    ServerAddress server_;
    std::unique_ptr<WireProtocol> protocol_;
    Surroundings outside_;
    WireLimits limits_;
    std::vector<std::unique_ptr<OneCore>> cores_;  // each is used by its core only
};

}  // namespace posthouse::tables
