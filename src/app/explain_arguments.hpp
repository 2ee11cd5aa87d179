#pragma once
// The command line of posthouse explain. Pure.
#include "app/explain.hpp"

namespace posthouse::app {

struct ExplainArguments {
    std::string directory;  // empty: not given
    PretendSession session;
};

inline constexpr std::string_view explain_usage =
    "usage: posthouse explain [-c CONFIG_DIR] --client ADDRESS[=NAME] --sender ADDRESS --recipient ADDRESS [--helo NAME] [--sasl USER] [--service ROW]\n"
    "Says what each access list of smtpd would do with such a session, step by step, and what the client would be told. Nothing is delivered.\n";

/// `words` without the program and "explain". An error says which word is wrong or missing.
[[nodiscard]] base::Result<ExplainArguments> parse_explain_arguments(const std::vector<std::string>& words);

}  // namespace posthouse::app
