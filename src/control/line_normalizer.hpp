#pragma once
// LineNormalizer: local programs end lines with LF or CRLF; content in here has CRLF lines only. A stray CR becomes a space:
// some servers take it for a line end, which is how messages are smuggled.
#include <string>
#include <string_view>

namespace posthouse::control {

class LineNormalizer {
public:
    /// What can be passed on after these bytes.
    [[nodiscard]] std::string feed(std::string_view bytes);
    /// What is still owed at the end: the last line is completed.
    [[nodiscard]] std::string finish();

private:
    bool pending_cr_ = false;
    bool in_line_ = false;
};

}  // namespace posthouse::control
