#pragma once
// Servers that offer CHUNKING and do not understand BDAT: they get DATA from then on. Lives on its agent's core.
#include <set>

#include "base/ip_address.hpp"

namespace posthouse::deliver {

class BdatRefusals {
public:
    [[nodiscard]] bool contains(const base::Endpoint& server) const { return servers_.contains(server); }
    void add(const base::Endpoint& server) {
        if (servers_.size() >= servers_max) {
            servers_.clear();  // each costs one more try
        }
        servers_.insert(server);
    }

private:
    static constexpr std::size_t servers_max = 1000;  // ours: a broken server is rare

    std::set<base::Endpoint> servers_;
};

}  // namespace posthouse::deliver
