#pragma once
// BlockingClients: lookups through a client library that blocks. A few clients per table work on the pool's threads, each for one
// lookup at a time; cores only wait. Callable on every core.
#include <memory>
#include <string>

#include "tables/surroundings.hpp"
#include "tables/table.hpp"

namespace posthouse::tables {

class BlockingClient {
public:
    virtual ~BlockingClient() = default;
    /// On any thread, one call at a time. `now` is when the lookup was asked for.
    virtual Lookup look_up(const std::string& key, world::SteadyTime now) = 0;
};

struct BlockingLimits {
    std::size_t clients = 4;      // ours: connections to one server from one table, and threads of the pool that it may hold
    std::size_t waiting = 1000;   // ours
    std::chrono::seconds patience = lookup_patience;
};

class BlockingClients {
public:
    using Make = std::function<std::unique_ptr<BlockingClient>()>;
    /// `outside` is complete. Lookups under way may outlive this object, and so may what `make` refers to.
    BlockingClients(std::string name, Surroundings outside, Make make, BlockingLimits limits = {});
    /// `unknown` if the answer does not come in time or too many wait.
    [[nodiscard]] world::Task<Lookup> ask(std::string key) const;

private:
    struct Cell;
    struct Job;
    struct Shared;
    static void serve(const std::shared_ptr<Shared>& shared);
    static world::Task<Lookup> wait_for(std::shared_ptr<Cell> cell);

    std::string name_;
    Surroundings outside_;
    BlockingLimits limits_;
    std::shared_ptr<Shared> shared_;
};

}  // namespace posthouse::tables
