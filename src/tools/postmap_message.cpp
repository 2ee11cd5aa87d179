#include "tools/postmap_message.hpp"

#include "base/text.hpp"

namespace posthouse::tools {

namespace {

constexpr std::size_t nesting_max = 100;  // mime_nesting_limit

class MessageReader {
public:
    explicit MessageReader(MimeParsing mime) : mime_(mime) {}
    void line(std::string_view text) {
        if (in_header_ && !header_line(text)) {
            in_header_ = false;
        } else if (in_header_) {
            return;
        }
        body_line(text);
    }
    MessageKeys finish() {
        flush_field();
        return std::move(keys_);
    }

private:
    // False: the header ended before this line.
    bool header_line(std::string_view text) {
        if (!text.empty() && base::is_space(text.front()) && !field_.empty()) {
            field_ += '\n';
            field_ += text;
            return true;
        }
        flush_field();
        const std::size_t colon = text.find(':');
        const std::string_view name = base::trim_right(text.substr(0, std::min(colon, text.size())));
        if (colon == std::string_view::npos || name.empty() || name.find_first_of(" \t") != std::string_view::npos) {
            after_header();
            return false;
        }
        field_ = text;
        return true;
    }
    void flush_field() {
        if (field_.empty()) {
            return;
        }
        if (base::istarts_with(field_, "content-type:")) {
            content_type_ = field_.substr(field_.find(':') + 1);
        }
        keys_.all.push_back(field_);
        keys_.fields.push_back(std::exchange(field_, {}));
    }
    // What kind of body follows.
    void after_header() {
        const std::string type = std::exchange(content_type_, {});
        const std::string_view kind = base::trim(type);
        if (mime_ == MimeParsing::off) {
            return;
        }
        if (base::istarts_with(kind, "multipart/") && boundaries_.size() < nesting_max) {
            const std::size_t at = base::lower(kind).find("boundary=");
            if (at != std::string::npos) {
                std::string_view boundary = kind.substr(at + 9);
                boundary = boundary.starts_with('"') ? boundary.substr(1, boundary.find('"', 1) - 1) : boundary.substr(0, boundary.find_first_of("; \t\n"));
                boundaries_.emplace_back(boundary);
            }
        }
        attached_ = base::istarts_with(kind, "message/rfc822") || base::istarts_with(kind, "message/partial");
    }
    void body_line(std::string_view text) {
        keys_.lines.emplace_back(text);
        keys_.all.emplace_back(text);
        if (mime_ == MimeParsing::off) {
            return;
        }
        if (attached_ && text.empty()) {
            attached_ = false;
            in_header_ = true;
            return;
        }
        if (!text.starts_with("--")) {
            return;
        }
        for (std::size_t depth = boundaries_.size(); depth > 0; --depth) {
            const std::string& boundary = boundaries_[depth - 1];
            if (boundary.empty() || text.substr(2, boundary.size()) != boundary) {
                continue;
            }
            const bool last = text.substr(2 + boundary.size()).starts_with("--");
            boundaries_.resize(last ? depth - 1 : depth);
            in_header_ = !last;
            return;
        }
    }

    MimeParsing mime_;
    bool in_header_ = true;
    bool attached_ = false;
    std::string field_;
    std::string content_type_;
    std::vector<std::string> boundaries_;
    MessageKeys keys_;
};

}  // namespace

MessageKeys message_keys(std::string_view text, MimeParsing mime) {
    MessageReader reader(mime);
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        std::string_view line = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        if (line.ends_with('\r')) {
            line.remove_suffix(1);
        }
        reader.line(line);
    }
    return reader.finish();
}

}  // namespace posthouse::tools
