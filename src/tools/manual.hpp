#pragma once
// The manual: pages in man(7) form, made from the table of commands and the table of parameters.
#include <string>
#include <string_view>
#include <vector>

namespace posthouse::tools {

struct ManualPage {
    std::string file;  // "man1/postcat.1"
    std::string text;
};

[[nodiscard]] std::vector<ManualPage> manual_pages();

/// `what` "--man": writes the page `argument` ("postcat", "postconf.5") to standard output; "--man-pages": all of them below the folder
/// `argument`. The exit status.
int manual_main(std::string_view what, const std::string& argument);

}  // namespace posthouse::tools
