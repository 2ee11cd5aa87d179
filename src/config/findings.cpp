#include "config/findings.hpp"

#include "base/format.hpp"
#include "base/text.hpp"

#include <algorithm>
#include <tuple>

namespace posthouse::config {

namespace {

std::string_view word(Severity severity) {
    switch (severity) {
        case Severity::note: return "note";
        case Severity::warning: return "warning";
        case Severity::error: return "error";
    }
    return "error";
}

// "file:line: ", as far as it is known.
std::string place(const Finding& finding) {
    if (finding.file.empty()) {
        return {};
    }
    return finding.line == 0 ? base::format("{}: ", finding.file) : base::format("{}:{}: ", finding.file, finding.line);
}

}  // namespace

std::string to_text(const Finding& finding) { return base::format("{}{}: {}", place(finding), word(finding.severity), base::printable(finding.text)); }

std::string to_text_without_severity(const Finding& finding) { return place(finding) + base::printable(finding.text); }

void Findings::add(Severity severity, std::string_view file, int line, std::string text) {
    list_.push_back({.severity = severity, .file = std::string(file), .line = line, .text = std::move(text)});
}

void Findings::append(const Findings& other) { list_.insert(list_.end(), other.list_.begin(), other.list_.end()); }

void Findings::sort() {
    std::stable_sort(list_.begin(), list_.end(), [](const Finding& a, const Finding& b) { return std::tie(a.file, a.line) < std::tie(b.file, b.line); });
}

bool Findings::has_errors() const {
    return std::any_of(list_.begin(), list_.end(), [](const Finding& f) { return f.severity == Severity::error; });
}

std::string Findings::text() const {
    std::string out;
    for (const Finding& finding : list_) {
        out += to_text(finding);
        out += '\n';
    }
    return out;
}

}  // namespace posthouse::config
