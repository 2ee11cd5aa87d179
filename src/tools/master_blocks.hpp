#pragma once
// master.cf as text: the physical lines of each row, and what stands between rows.
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace posthouse::tools {

struct BlockLine {
    std::string text;  // with its newline
    bool is_content = false;
};

/// The lines of one row with the comments between them; or comments and empty lines alone.
struct Block {
    std::vector<BlockLine> lines;
    int number = 0;       // of the first line, from 1
    std::string service;  // empty: no row
    std::string type;

    [[nodiscard]] std::string text() const;
    /// Without and with nothing but the comments.
    [[nodiscard]] std::string row() const;
    [[nodiscard]] std::string comments() const;
};

/// ErrorKind::invalid: a row whose first line lacks the type.
[[nodiscard]] base::Result<std::vector<Block>> split_blocks(std::string_view text, const std::string& path);

}  // namespace posthouse::tools
