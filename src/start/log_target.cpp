#include "start/log_target.hpp"

#include "os/host.hpp"
#include "os/log_devices.hpp"

namespace posthouse::app {

std::shared_ptr<observe::LogDevice> log_device(const config::View& view, world::Files& files, os::LogOpener helper) {
    const std::string file = view.text("maillog_file");
    if (file == "/dev/stdout") {
        return os::make_log_stdout();
    }
    if (!file.empty()) {
        return os::make_log_file(file, 0600, std::move(helper));
    }
    return files.info("/dev/log") ? os::make_log_syslog() : os::make_log_stdout();
}

observe::LogSettings log_settings(const config::View& view) {
    return {view.text("myhostname"), os::process_id(), [] { return std::chrono::system_clock::now(); },
            [](world::WallTime when) { return os::zone_offset(when).offset; }, static_cast<int>(view.integer("delay_logging_resolution_limit"))};
}

}  // namespace posthouse::app
