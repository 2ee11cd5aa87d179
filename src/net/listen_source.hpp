#pragma once
// Where TCP sockets to listen on come from: this process makes them, or a supervisor does and holds them while servers come and go.
#include <optional>

#include "base/ip_address.hpp"
#include "base/result.hpp"

namespace posthouse::net {

class ListenSource {
public:
    virtual ~ListenSource() = default;
    /// A socket that listens at `local`; the caller owns the descriptor. From any thread; may block for a moment.
    virtual base::Result<int> open(base::Endpoint local) = 0;
    /// The server no longer listens there.
    virtual void closed(base::Endpoint local) = 0;
};

/// Binds and listens: a non-blocking descriptor that is closed when a program is run.
[[nodiscard]] base::Result<int> open_listen_socket(base::Endpoint local);
/// Where a socket that somebody else opened listens; it is made non-blocking, as ours are. nullopt: it is no TCP socket that listens.
[[nodiscard]] std::optional<base::Endpoint> listening_endpoint(int descriptor);

}  // namespace posthouse::net
