#pragma once
// What systemd and its like have for a service: sockets that listen already (sd_listen_fds(3)) and an ear for its state (sd_notify(3)). Neither
// needs a library.
#include <string>
#include <vector>

#include "base/ip_address.hpp"

namespace posthouse::os {

struct HandedSocket {
    int descriptor = -1;
    std::string name;  // of LISTEN_FDNAMES; may be empty
};

/// The descriptors that LISTEN_FDS promises to this process, closed when a program is run; the variables are removed, so that no child takes
/// them for its own. Before threads are made.
[[nodiscard]] std::vector<HandedSocket> take_handed_sockets();

/// Sends "READY=1", "STOPPING=1" and the like to NOTIFY_SOCKET, if that is set. What the manager does not hear is no failure of ours.
void tell_init_system(const std::string& state);

}  // namespace posthouse::os
