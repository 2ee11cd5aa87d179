#include "tools/tool_log.hpp"

#include "observe/postfix_log.hpp"
#include "os/host.hpp"
#include "os/log_devices.hpp"

namespace posthouse::tools {

namespace {

std::string priority_of(observe::Severity severity) {
    switch (severity) {
        case observe::Severity::info: return "info";
        case observe::Severity::warning: return "warn";
        case observe::Severity::error: return "error";
        case observe::Severity::fatal: return "fatal";
        case observe::Severity::panic: return "panic";
    }
    return "info";
}

std::shared_ptr<observe::LogDevice> device_of(const std::string& maillog_file) {
    if (maillog_file == "/dev/stdout") {
        return os::make_log_stdout();
    }
    return maillog_file.empty() ? os::make_log_syslog() : os::make_log_file(maillog_file);
}

struct Output final : observe::LogOutput {
    explicit Output(std::shared_ptr<observe::LogDevice> to) : device(std::move(to)) {}
    void write(std::string_view lines) override { device->write(lines); }
    std::shared_ptr<observe::LogDevice> device;
};

}  // namespace

struct ToolLog::Direct {
    explicit Direct(const ToolSettings& settings)
        : output(device_of(settings.maillog_file)),
          log({settings.myhostname, os::process_id(), [] { return std::chrono::system_clock::now(); },
               [](world::WallTime when) { return os::zone_offset(when).offset; }},
              output) {}
    Output output;
    observe::PostfixLog log;
};

ToolLog::ToolLog(const ToolSettings& settings)
    : client_(ControlClient::connect(settings.queue_directory, control::Door::everyone)), direct_(std::make_unique<Direct>(settings)) {}

ToolLog::~ToolLog() = default;

void ToolLog::write(std::string_view tag, observe::Severity severity, std::string_view text) {
    mail::Record request("log");
    request.add("priority", priority_of(severity)).add("tag", std::string(tag)).add("text", std::string(text));
    if (client_ && client_->call(request)) {
        return;
    }
    direct_->log.on(tag, observe::Remark{severity, {}, text});
}

}  // namespace posthouse::tools
