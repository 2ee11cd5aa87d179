#pragma once
// Where this process logs, as the configuration says; used by the server and its supervisor alike.
#include <memory>
#include <mutex>

#include "config/view.hpp"
#include "observe/log_output.hpp"
#include "observe/postfix_log.hpp"
#include "os/log_devices.hpp"
#include "world/files.hpp"

namespace posthouse::app {

[[nodiscard]] std::shared_ptr<observe::LogDevice> log_device(const config::View& view, world::Files& files, os::LogOpener helper = {});
[[nodiscard]] observe::LogSettings log_settings(const config::View& view);

/// Each line at once, on the thread that says it: for a process that says little.
class DirectLog final : public observe::LogOutput {
public:
    explicit DirectLog(std::shared_ptr<observe::LogDevice> device) : device_(std::move(device)) {}
    void write(std::string_view lines) override {
        const std::lock_guard lock(mutex_);
        device_->write(lines);
    }

    void use(std::shared_ptr<observe::LogDevice> device) {
        const std::lock_guard lock(mutex_);
        device_ = std::move(device);
    }

private:
    std::mutex mutex_;
    std::shared_ptr<observe::LogDevice> device_;
};

}  // namespace posthouse::app
