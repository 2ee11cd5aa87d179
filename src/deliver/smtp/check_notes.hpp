#pragma once
// smtp_header_checks(5) and its kin: what a delivery tells the log. Actions about the message come too late here.
#include "checks/judgement.hpp"
#include "mail/queue_id.hpp"
#include "observe/event.hpp"

namespace posthouse::deliver {

class CheckNotes final : public checks::ActionSink {
public:
    /// `speaker` is borrowed.
    CheckNotes(mail::QueueId id, observe::EventSink& events, const std::string& speaker) : id_(id), events_(events), speaker_(speaker) {}

    Performed perform(const checks::Action&, const checks::Place&) override { return Performed::no_such_action; }
    void note(std::string_view action, const checks::Place& place, std::string_view text) override;
    void warn(std::string text) override;
    [[nodiscard]] std::string_view word_for_strange_action() const override { return "unsupported"; }

    /// The content begins anew: what has been told is not told again.
    void rewind() { told_again_ = told_; }

private:
    [[nodiscard]] bool is_news();

    mail::QueueId id_;
    observe::EventSink& events_;
    const std::string& speaker_;
    std::size_t told_ = 0, told_again_ = 0;  // told_again_: so many lines come a second time
};

}  // namespace posthouse::deliver
