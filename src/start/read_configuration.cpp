#include "start/read_configuration.hpp"

#include <cstdlib>

#include "os/limits.hpp"
#include "tools/system_facts.hpp"

namespace posthouse::app {

base::Result<std::shared_ptr<const config::Configuration>> read_configuration(const ServeRequest& request, world::Files& files) {
    return config::load({request.directory, [&files](const std::string& path) { return files.read(path); }, tools::system_facts(), request.settings});
}

void tell_ready() {
    if (const char* number = std::getenv("POSTHOUSE_READY_FD"); number != nullptr) {
        os::announce_ready(std::atoi(number));
    }
}

}  // namespace posthouse::app
