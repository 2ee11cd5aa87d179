#pragma once
// HeldSockets: the listening sockets, which outlive servers: while none runs, connections wait in their backlog.
#include <functional>
#include <map>
#include <set>

#include "base/ip_address.hpp"
#include "base/result.hpp"
#include "os/file_descriptor.hpp"

namespace posthouse::app {

class HeldSockets {
public:
    using Open = std::function<base::Result<int>(base::Endpoint)>;
    explicit HeldSockets(Open open) : open_(std::move(open)) {}

    /// Of the one that listens there already, else of a new one. Valid until it is released.
    base::Result<int> hold(const base::Endpoint& endpoint) {
        if (const auto have = sockets_.find(endpoint); have != sockets_.end()) {
            wanted_.insert(endpoint);
            return have->second.get();
        }
        const auto made = open_(endpoint);
        if (made) {
            sockets_.emplace(endpoint, os::FileDescriptor(*made));
            wanted_.insert(endpoint);
        }
        return made;
    }
    /// One that asked for it no longer wants it.
    void release(const base::Endpoint& endpoint) {
        if (const auto one = wanted_.find(endpoint); one != wanted_.end()) {
            wanted_.erase(one);
        }
        if (!wanted_.contains(endpoint) && !lent_.contains(endpoint)) {
            sockets_.erase(endpoint);
        }
    }
    /// A new server begins to ask; what it has not asked for when it serves, goes.
    void begin() { wanted_.clear(); }
    void close_unwanted() {
        std::erase_if(sockets_, [this](const auto& socket) { return !wanted_.contains(socket.first) && !lent_.contains(socket.first); });
    }
    void adopt(const base::Endpoint& endpoint, int descriptor) {
        sockets_.insert_or_assign(endpoint, os::FileDescriptor(descriptor));
        wanted_.insert(endpoint);
    }
    /// Of a service manager, which has it open, too: kept even while nobody wants it, because a new one could not be bound.
    void borrow(const base::Endpoint& endpoint, int descriptor) {
        sockets_.insert_or_assign(endpoint, os::FileDescriptor(descriptor));
        lent_.insert(endpoint);
    }
    [[nodiscard]] const std::map<base::Endpoint, os::FileDescriptor>& all() const { return sockets_; }

private:
    Open open_;
    std::map<base::Endpoint, os::FileDescriptor> sockets_;
    std::multiset<base::Endpoint> wanted_;
    std::set<base::Endpoint> lent_;
};

}  // namespace posthouse::app
