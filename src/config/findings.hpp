#pragma once
// What reading and checking a configuration found: notes, warnings and errors, each with the place it is about.
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace posthouse::config {

enum class Severity { note, warning, error };

struct Finding {
    Severity severity = Severity::note;
    std::string file;  // may be empty: no place, or the command line
    int line = 0;      // 0: the whole file
    std::string text;

    friend bool operator==(const Finding&, const Finding&) = default;
};

/// "file:line: severity: text"; what is unknown of the place is left out.
[[nodiscard]] std::string to_text(const Finding& finding);
/// "file:line: text", for who says the severity himself: the log.
[[nodiscard]] std::string to_text_without_severity(const Finding& finding);

class Findings {
public:
    void add(Severity severity, std::string_view file, int line, std::string text);
    void append(const Findings& other);
    /// By file and line; findings of one line stay in the order they were made.
    void sort();

    [[nodiscard]] bool has_errors() const;
    [[nodiscard]] bool empty() const { return list_.empty(); }
    [[nodiscard]] std::size_t size() const { return list_.size(); }
    [[nodiscard]] const Finding& operator[](std::size_t i) const { return list_[i]; }
    [[nodiscard]] auto begin() const { return list_.begin(); }
    [[nodiscard]] auto end() const { return list_.end(); }
    /// One line for each finding, in the order they were made.
    [[nodiscard]] std::string text() const;

private:
    std::vector<Finding> list_;
};

}  // namespace posthouse::config
