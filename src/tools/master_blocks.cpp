#include "tools/master_blocks.hpp"

#include "base/format.hpp"
#include "base/text.hpp"

namespace posthouse::tools {

std::string Block::text() const {
    std::string out;
    for (const BlockLine& line : lines) {
        out += line.text;
    }
    return out;
}

std::string Block::row() const {
    std::string out;
    for (const BlockLine& line : lines) {
        out += line.is_content ? line.text : std::string();
    }
    return out;
}

std::string Block::comments() const {
    std::string out;
    for (const BlockLine& line : lines) {
        out += line.is_content ? std::string() : line.text;
    }
    return out;
}

base::Result<std::vector<Block>> split_blocks(std::string_view text, const std::string& path) {
    std::vector<Block> blocks;
    std::vector<BlockLine> comments;  // of the row, only if the row goes on after them
    for (int number = 1; !text.empty(); ++number) {
        const std::size_t end = text.find('\n');
        std::string line = std::string(text.substr(0, end)) + "\n";
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
        const std::string_view visible = base::trim(line);
        if (visible.empty() || visible.front() == '#') {
            comments.push_back({std::move(line), false});
            continue;
        }
        if (!base::is_space(line.front()) || blocks.empty()) {
            const std::vector<std::string_view> words = base::split_words(line);
            if (words.size() < 2) {
                return base::fail(base::ErrorKind::invalid, base::format("file {}: line {}: specify service name and type on the same line", path, number));
            }
            blocks.push_back({.lines = std::move(comments), .number = number, .service = {}, .type = {}});
            comments.clear();
            blocks.push_back({.lines = {}, .number = number, .service = std::string(words[0]), .type = std::string(words[1])});
        }
        std::vector<BlockLine>& lines = blocks.back().lines;
        lines.insert(lines.end(), comments.begin(), comments.end());
        comments.clear();
        lines.push_back({std::move(line), true});
    }
    blocks.push_back({.lines = std::move(comments), .number = 0, .service = {}, .type = {}});
    return blocks;
}

}  // namespace posthouse::tools
