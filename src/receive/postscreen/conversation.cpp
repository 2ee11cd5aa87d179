#include "receive/postscreen/conversation.hpp"

#include "base/format.hpp"
#include "message/date.hpp"
#include "receive/postscreen/resumed_stream.hpp"
#include "receive/reject_footer.hpp"

namespace posthouse::receive::postscreen {

std::string Conversation::client() const { return base::format("[{}]:{}", peer_.address.text(), peer_.port); }

smtp::Reply Conversation::softened(smtp::Reply reply) const {
    if (screen_->settings->soft_bounce && reply.is_permanent_negative()) {
        reply.code -= 100;
        if (reply.status && reply.status->status_class == 5) {
            reply.status->status_class = 4;
        }
    }
    return reply;
}

world::Task<bool> Conversation::say(smtp::Reply reply) {
    reply = softened(std::move(reply));
    if (reply.code >= 400 && (screen_->reject_footer_maps || !screen_->settings->postscreen_reject_footer.empty())) {
        world::Task<void> adding = add_footer(reply);
        co_await std::move(adding);
    }
    world::Task<bool> saying = say_raw(reply.wire());
    co_return co_await std::move(saying);
}

world::Task<void> Conversation::add_footer(smtp::Reply& reply) {
    const ScreenSettings& settings = *screen_->settings;
    std::string footer = settings.postscreen_reject_footer;
    if (screen_->reject_footer_maps) {
        const tables::Lookup found = co_await screen_->reject_footer_maps->find(reply.text());
        footer = found.is_found() ? found.value : footer;
    }
    if (footer.empty()) {
        co_return;
    }
    const world::WallTime now = core_.clock.wall_now();
    const FooterFacts facts{peer_.address.text(), base::format("{}", peer_.port), message::log_stamp(now, screen_->zone ? screen_->zone(now) : message::Zone{}), settings.myhostname};
    if (!append_footer(reply, footer, facts, settings.postscreen_expansion_filter)) {
        events_.warn(settings.label, base::format("reject footer not used: \"{:.200}\" is malformed, or names something that footers do not know", footer));
    }
}

world::Task<bool> Conversation::say_raw(std::string text) {
    const base::Result<void> sent = co_await stream_->write_all(text, core_.clock.deadline_in(write_time_max));
    co_return sent.has_value();
}

world::Task<base::Result<std::size_t>> Conversation::listen(world::Deadline deadline) {
    std::array<char, read_size> block;  // NOLINT: read before it is looked at
    const base::Result<std::size_t> got = co_await stream_->read_some(block, deadline);
    if (got) {
        input_.append(block.data(), *got);
    }
    co_return got;
}

std::unique_ptr<world::Stream> Conversation::hand_over() {
    if (input_.empty()) {
        return std::move(stream_);
    }
    return std::make_unique<ResumedStream>(std::move(stream_), std::move(input_));
}

}  // namespace posthouse::receive::postscreen
