#include "deliver/smtp/outgoing_content.hpp"

namespace posthouse::deliver {

OutgoingContent::OutgoingContent(const SmtpSettings& settings, BodyEncoder::Framing framing, Downgrade downgrade, const checks::CheckSet& checks, CheckNotes& notes)
    : encoder_(settings.smtp_line_length_limit, framing) {
    if (downgrade == Downgrade::to_seven_bit) {
        downgrade_.emplace();
    }
    if (!checks.empty()) {
        notes.rewind();
        check_ = std::make_unique<checks::ContentCheck>(checks, notes);
    }
}

void OutgoingContent::append(std::string_view block, std::string& out) {
    if (downgrade_) {
        downgraded_.clear();
        downgrade_->feed(block, downgraded_);
        block = downgraded_;
    }
    encoder_.append(block, out);
}

void OutgoingContent::finish(std::string& out) {
    if (downgrade_) {
        downgraded_.clear();
        downgrade_->finish(downgraded_);
        encoder_.append(downgraded_, out);
    }
    encoder_.finish(out);
}

world::Task<OutgoingContent::Answered> OutgoingContent::append_checked(std::string_view block, std::string& out) {
    if (downgrade_) {
        downgraded_.clear();
        downgrade_->feed(block, downgraded_);
        block = downgraded_;
    }
    checked_.clear();
    world::Task<Answered> checking = check_->feed(block, checked_);
    const Answered answered = co_await std::move(checking);
    encoder_.append(checked_, out);
    co_return answered;
}

world::Task<OutgoingContent::Answered> OutgoingContent::finish_checked(std::string& out) {
    checked_.clear();
    if (downgrade_) {
        downgraded_.clear();
        downgrade_->finish(downgraded_);
        world::Task<Answered> checking = check_->feed(downgraded_, checked_);
        const Answered answered = co_await std::move(checking);
        if (!answered) {
            co_return answered;
        }
    }
    world::Task<Answered> ending = check_->finish(checked_);
    const Answered answered = co_await std::move(ending);
    encoder_.append(checked_, out);
    encoder_.finish(out);
    co_return answered;
}

}  // namespace posthouse::deliver
