// Session: replies on their way out, and what the operator adds to refusals.
#include "base/format.hpp"
#include "message/date.hpp"
#include "receive/reject_footer.hpp"
#include "receive/session.hpp"

namespace posthouse::receive {

void Session::queue_reply(smtp::Reply reply) {
    if (settings_.soft_bounce && reply.is_permanent_negative()) {
        reply.code -= 100;
        if (reply.status) {
            reply.status->status_class = 4;
        }
    }
    last_reply_negative_ = reply.code >= 400;
    if (reply.code == 421 || reply.code == 521) {
        closing_ = true;
    }
    if (last_reply_negative_ && service_->reject_footer_maps) {
        note_reply(reply, reply.wire());
        held_.push_back({stream_.output().size(), std::move(reply)});
        return;
    }
    if (last_reply_negative_ && !settings_.smtpd_reject_footer.empty()) {
        add_footer(reply, settings_.smtpd_reject_footer);
    }
    const std::size_t before = stream_.output().size();
    reply.append_wire(stream_.output());
    note_reply(reply, std::string_view(stream_.output()).substr(before));
}

void Session::add_footer(smtp::Reply& reply, std::string_view footer) const {
    const world::WallTime now = doors_.core.clock.wall_now();
    const FooterFacts facts{peer_.address.text(), base::format("{}", peer_.port), message::log_stamp(now, service_->zone ? service_->zone(now) : message::Zone{}), settings_.myhostname};
    if (!append_footer(reply, footer, facts, settings_.smtpd_expansion_filter)) {
        doors_.events.warn(settings_.label, base::format("reject footer not used: \"{:.200}\" is malformed, or names something that footers do not know", footer));
    }
}

// Tables answer when they can; until then the refusals wait here, and the replies around them in the output.
world::Task<void> Session::release_held() {
    std::vector<HeldReply> held = std::exchange(held_, {});
    std::string inserted;
    std::size_t taken = 0;
    for (HeldReply& one : held) {
        const tables::Lookup found = co_await service_->reject_footer_maps->find(one.reply.text());
        const std::string footer = found.is_found() ? found.value : settings_.smtpd_reject_footer;
        if (!footer.empty()) {
            add_footer(one.reply, footer);
        }
        inserted.append(stream_.output(), taken, one.at - taken);
        taken = one.at;
        one.reply.append_wire(inserted);
    }
    inserted.append(stream_.output(), taken);
    stream_.output() = std::move(inserted);
}

world::Task<bool> Session::say(smtp::Reply reply) {
    queue_reply(std::move(reply));
    return flush();
}

world::Task<bool> Session::flush() {
    if (!held_.empty()) {
        world::Task<void> releasing = release_held();
        co_await std::move(releasing);
    }
    const auto sent = co_await stream_.flush(next_wait());
    waited();
    if (!sent) {
        log_end(sent.error().kind == base::ErrorKind::timeout ? "timeout" : "lost connection");
    }
    co_return sent.has_value();
}

}  // namespace posthouse::receive
