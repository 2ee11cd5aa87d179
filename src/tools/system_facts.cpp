#include "tools/system_facts.hpp"

#include "os/host.hpp"

namespace posthouse::tools {

config::SystemFacts system_facts() {
    config::SystemFacts facts;
    facts.hostname = os::hostname();
    for (const os::InterfaceAddress& interface : os::interface_addresses()) {
        facts.interfaces.push_back({interface.address, interface.prefix_length});
    }
    facts.process_id = os::process_id();
    return facts;
}

}  // namespace posthouse::tools
