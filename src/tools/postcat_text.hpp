#pragma once
// What postcat(1) prints of a message: the records that Postfix's queue file of it would have, under its names, with its type
// letters, and at the offsets that they would have there.
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "tools/control_client.hpp"

namespace posthouse::tools {

struct PostcatParts {
    bool envelope = false;
    bool header = false;
    bool body = false;
};

struct PostcatOptions {
    PostcatParts parts;
    bool offsets = false;    // -o
    bool types = false;      // -d
    bool verbose = false;    // -v
    std::uint64_t skip = 0;  // -s: records before this offset are left out
};

/// One message: its "message" record, its "recipient" records, its content, then end().
class PostcatPrinter {
public:
    using Print = std::function<void(std::string_view text)>;
    PostcatPrinter(PostcatOptions options, Print print) : options_(options), print_(std::move(print)) {}

    /// `path`: what markers call the file; empty: "queue/id".
    void message(const mail::Record& record, std::string path);
    void recipient(const mail::Record& record);
    /// Lines end in CRLF or LF, cut anywhere.
    void content(std::string_view bytes);
    void end();

private:
    struct Item {
        char type;
        std::string stored;  // gives the record its length
        std::string shown;
    };
    void add(char type, std::string_view name, std::string value);
    void attribute(std::string_view name, const std::string& value);
    void begin_content();
    void byte(char c);
    void header_line();
    void marker(char type, std::string_view text);
    [[nodiscard]] std::string prefix(char type) const;
    void advance(std::uint64_t length);
    [[nodiscard]] bool is_skipped() const { return offset_ < options_.skip; }
    void begin_line();
    void end_line();

    PostcatOptions options_;
    Print print_;
    std::string path_;
    std::vector<Item> envelope_;
    mail::Record message_;
    std::uint64_t recipients_ = 0;
    std::uint64_t offset_ = 0;
    bool in_content_ = false;
    bool in_header_ = true;
    bool prints_ = false;       // the line that is being read
    bool at_line_start_ = true;
    std::string line_;          // of the header, until it ends
    std::uint64_t line_length_ = 0;
    std::string out_;
};

}  // namespace posthouse::tools
