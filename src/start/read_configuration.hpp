#pragma once
// The configuration of this machine, as server, supervisor and check read it.
#include "config/snapshot.hpp"
#include "start/serve.hpp"
#include "world/files.hpp"

namespace posthouse::app {

[[nodiscard]] base::Result<std::shared_ptr<const config::Configuration>> read_configuration(const ServeRequest& request, world::Files& files);

/// Tells postfix start, which waits for a byte, that we serve; from then on this process has no terminal.
void tell_ready();

}  // namespace posthouse::app
