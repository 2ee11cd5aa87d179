#pragma once
// What a command line tool is for and which options it takes: its option letters, its usage text and its manual page are made from
// one table.
#include <span>
#include <string>
#include <string_view>

namespace posthouse::tools {

struct CommandOption {
    std::string_view letter;    // one; of sendmail also words such as "bp"
    std::string_view argument;  // empty: none
    std::string_view text;
};

struct CommandPage {
    std::string_view name;
    std::string_view purpose;      // "show and change the configuration"
    std::string_view synopsis;     // without the name
    std::string_view usage;        // after "usage: "; as Postfix has it, because people compare
    std::string_view description;  // paragraphs, with an empty line between them
    std::span<const CommandOption> options;
    std::string_view status;       // exit status
    std::string_view other_names;  // "mailq newaliases": pages that only refer to this one
};

[[nodiscard]] std::span<const CommandPage> command_pages();
/// The name must be one of them.
[[nodiscard]] const CommandPage& command_page(std::string_view name);
/// "+bc:d": for getopt(3), options end at the first word that is none.
[[nodiscard]] std::string option_letters(std::string_view name);
/// "usage: …"
[[nodiscard]] std::string usage_text(std::string_view name);

}  // namespace posthouse::tools
