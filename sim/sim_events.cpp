#include "sim/sim_events.hpp"

#include <algorithm>

#include "observe/postfix_log.hpp"

namespace posthouse::sim {

bool SimEvents::is_expected(std::string_view line) const {
    return std::any_of(expected_.begin(), expected_.end(), [line](const std::string& text) { return line.find(text) != std::string_view::npos; });
}

void SimEvents::on(observe::Speaker speaker, const observe::Event& event) {
    const std::string line = std::string(speaker) + ": " + observe::event_text(event);
    scheduler_.note(line);
    if (listener && counts_()) {
        listener(event);
    }
    const auto* remark = std::get_if<observe::Remark>(&event);
    if (remark != nullptr && remark->severity >= observe::Severity::error && counts_() && !is_expected(line)) {
        findings_.push_back("log: " + line);
    }
}

}  // namespace posthouse::sim
