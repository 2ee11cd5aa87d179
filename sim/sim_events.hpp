#pragma once
// SimEvents: the server's log as part of the trace. An error, fatal or panic line is a finding unless the scenario asked for it.
#include <functional>
#include <string>
#include <vector>

#include "observe/event.hpp"
#include "sim/scheduler.hpp"

namespace posthouse::sim {

class SimEvents final : public observe::EventSink {
public:
    /// `counts` says whether what is said now matters: a machine without power may complain as it likes.
    SimEvents(Scheduler& scheduler, std::function<bool()> counts) : scheduler_(scheduler), counts_(std::move(counts)) {}

    void on(observe::Speaker speaker, const observe::Event& event) override;
    /// Hears everything that a machine with power says.
    std::function<void(const observe::Event&)> listener;
    /// An error line that contains `text` is no finding from now on.
    void expect(std::string text) { expected_.push_back(std::move(text)); }
    [[nodiscard]] const std::vector<std::string>& findings() const { return findings_; }

private:
    [[nodiscard]] bool is_expected(std::string_view line) const;

    Scheduler& scheduler_;
    std::function<bool()> counts_;
    std::vector<std::string> expected_;
    std::vector<std::string> findings_;
};

}  // namespace posthouse::sim
