#pragma once
// Standard input as tools read it: the argument "-" of many options.
#include <string>
#include <vector>

namespace posthouse::tools {

[[nodiscard]] std::string read_input();
[[nodiscard]] std::vector<std::string> input_lines();

}  // namespace posthouse::tools
