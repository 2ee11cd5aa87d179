#include "start/read_configuration.hpp"

#include <cstdlib>

#include "os/host.hpp"
#include "os/limits.hpp"

namespace posthouse::app {

config::SystemFacts system_facts() {
    config::SystemFacts facts;
    facts.hostname = os::hostname();
    for (const os::InterfaceAddress& interface : os::interface_addresses()) {
        facts.interfaces.push_back({interface.address, interface.prefix_length});
    }
    facts.process_id = os::process_id();
    return facts;
}

base::Result<std::shared_ptr<const config::Configuration>> read_configuration(const ServeRequest& request, world::Files& files) {
    return config::load({request.directory, [&files](const std::string& path) { return files.read(path); }, system_facts(), request.settings});
}

void tell_ready() {
    if (const char* number = std::getenv("POSTHOUSE_READY_FD"); number != nullptr) {
        os::announce_ready(std::atoi(number));
    }
}

}  // namespace posthouse::app
