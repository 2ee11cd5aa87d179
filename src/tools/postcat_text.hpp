#pragma once
// What postcat(1) prints of a message.
#include <string>
#include <string_view>

#include "tools/control_client.hpp"

namespace posthouse::tools {

struct PostcatParts {
    bool envelope = false;
    bool header = false;
    bool body = false;
};

/// "*** ENVELOPE RECORDS active/ID ***"
[[nodiscard]] std::string postcat_marker(std::string_view what, const mail::Record& message);
[[nodiscard]] std::string postcat_envelope(const mail::Record& message);
[[nodiscard]] std::string postcat_recipient(const mail::Record& recipient);

/// Passes header or body or both, lines ended by LF instead of CRLF, however the content is cut.
class PostcatContent {
public:
    explicit PostcatContent(PostcatParts parts) : parts_(parts) {}
    [[nodiscard]] std::string feed(std::string_view bytes);

private:
    PostcatParts parts_;
    bool in_header_ = true;
    bool line_is_empty_ = true;
};

}  // namespace posthouse::tools
