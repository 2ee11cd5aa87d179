#pragma once
// The program as a supervisor: takes the queue for itself, then keeps a server running on it.
#include "start/serve.hpp"

namespace posthouse::app {

/// Until SIGTERM or SIGINT; SIGHUP reloads, SIGUSR2 puts the installed program in the place of the one that runs, SIGQUIT ends
/// abruptly. Exit status: the server's.
int supervise(const ServeRequest& request);

}  // namespace posthouse::app
