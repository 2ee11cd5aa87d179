#pragma once
// ToolLog: what tools write to the mail log. The server writes it; while it is down, the tool itself does, to maillog_file or
// to syslog.
#include <memory>
#include <string>
#include <string_view>

#include "observe/event.hpp"
#include "tools/control_client.hpp"
#include "tools/tool_config.hpp"

namespace posthouse::tools {

class ToolLog {
public:
    explicit ToolLog(const ToolSettings& settings);
    ~ToolLog();

    /// `tag` as in "postfix/postlog". Best effort: a log that cannot be written is no reason to fail.
    void write(std::string_view tag, observe::Severity severity, std::string_view text);

private:
    struct Direct;
    base::Result<ControlClient> client_;
    std::unique_ptr<Direct> direct_;
};

}  // namespace posthouse::tools
