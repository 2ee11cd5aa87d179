#include "tools/standard_input.hpp"

#include <iostream>
#include <iterator>

namespace posthouse::tools {

std::string read_input() { return {std::istreambuf_iterator<char>(std::cin), {}}; }

std::vector<std::string> input_lines() {
    std::vector<std::string> lines;
    for (std::string line; std::getline(std::cin, line);) {
        lines.push_back(std::move(line));
    }
    return lines;
}

}  // namespace posthouse::tools
