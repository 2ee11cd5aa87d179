#include "deliver/smtp/pipelining.hpp"

#include <algorithm>

#include "base/assert.hpp"
#include "base/format.hpp"

namespace posthouse::deliver {
namespace {

// Ours: so much at once fits the send buffers of both sides with room for the replies, so that neither side waits for
// the other to read (RFC 2920 §3.1).
constexpr std::size_t flight_size_max = 8 * 1024;
// Ours: how long a server that hung up in the middle of a flight is given to have told why.
constexpr std::chrono::seconds last_words_time{2};

enum class Kind { mail, rcpt, data };

class Exchange {
public:
    Exchange(Session& session, EnvelopeCommands commands, Ledger& ledger, const SmtpSettings& settings,
             const world::Clock& clock)
        : session_(session), commands_(std::move(commands)), ledger_(ledger), settings_(settings), clock_(clock) {}

    world::Task<EnvelopeResult> run() {
        PH_ASSERT(session_.condition == Session::Condition::clean);  // else each reply would be taken for another command's
        const std::size_t count = commands_.rcpts.size() + (commands_.aim == Aim::verify_by_rcpt ? 1 : 2);
        while (answered_ < count && !is_over()) {
            queue_flight(count);
            if (content_queued_) {
                const auto written = co_await session_.io.flush(clock_.deadline_in(settings_.smtp_data_xfer_timeout));
                if (!written) {
                    co_await hear_last_words(written.error());
                    co_return std::move(result_);
                }
                content_sent_ = true;
            }
            while (answered_ < sent_) {
                const auto reply = co_await session_.read_reply(deadline());
                if (!reply) {
                    interrupt(reply.error());
                    co_return std::move(result_);
                }
                handle(*reply);
                ++answered_;
            }
        }
        const bool content_taken_up = result_.bdat_reply && !result_.accepted.empty();
        if (!result_.data_wanted && commands_.aim == Aim::mail_data && !content_taken_up && session_.condition == Session::Condition::clean) {
            session_.condition = Session::Condition::spent;
        }
        co_return std::move(result_);
    }

private:
    using Aim = EnvelopeCommands::Aim;
    [[nodiscard]] Kind kind(std::size_t i) const {
        return i == 0 ? Kind::mail : i <= commands_.rcpts.size() ? Kind::rcpt : Kind::data;
    }
    // Nothing is in flight: whether what is left makes no sense any more.
    [[nodiscard]] bool is_over() const {
        return mail_refused_ || (kind(answered_) == Kind::data && result_.accepted.empty());
    }

    void queue_flight(std::size_t count) {
        do {
            switch (kind(sent_)) {
                case Kind::mail:
                    send(commands_.mail);
                    break;
                case Kind::rcpt:
                    send(commands_.rcpts[sent_ - 1].line);
                    break;
                case Kind::data:
                    queue_data();
                    break;
            }
            ++sent_;
        } while (sent_ < count && session_.extensions.pipelining && session_.io.queued() < flight_size_max);
    }

    void send(std::string_view line) {
        session_.note_sent(line);
        session_.io.queue(line);
    }

    void queue_data() {
        if (!commands_.chunk) {
            send("DATA\r\n");
            return;
        }
        send(base::format("BDAT {} LAST\r\n", commands_.chunk->size()));
        session_.io.queue(*commands_.chunk);
        commands_.chunk->clear();
        content_queued_ = true;
    }

    [[nodiscard]] const Phase& phase() const {
        if (content_sent_) {
            return phases::bdat;
        }
        switch (kind(answered_)) {
            case Kind::mail:
                return phases::mail;
            case Kind::rcpt:
                return phases::rcpt;
            case Kind::data:
                break;
        }
        return phases::data;
    }

    [[nodiscard]] world::Deadline deadline() const {
        switch (kind(answered_)) {
            case Kind::mail:
                return clock_.deadline_in(settings_.smtp_mail_timeout);
            case Kind::rcpt:
                return clock_.deadline_in(settings_.smtp_rcpt_timeout);
            case Kind::data:
                break;
        }
        return clock_.deadline_in(content_sent_ ? settings_.smtp_data_done_timeout : settings_.smtp_data_init_timeout);
    }

    // Some servers refuse a message and hang up before they have read it; their reply says more than "lost connection".
    world::Task<void> hear_last_words(base::Error error) {
        session_.io.output().clear();
        const world::Deadline soon = clock_.deadline_in(last_words_time);
        while (answered_ < sent_) {
            const auto reply = co_await session_.read_reply(soon);
            if (!reply) {
                break;
            }
            handle(*reply);
            ++answered_;
        }
        session_.condition = Session::Condition::broken;
        content_sent_ = error.kind == base::ErrorKind::timeout;  // else a part is missing, and the server counts
        if (answered_ < sent_) {
            interrupt(error);
        }
    }

    // Whether the server may have taken the message although its reply is missing. A connection kept from the message before
    // that turns out to be closed says nothing at all; that its end crossed our flight is far likelier than a delivery.
    [[nodiscard]] bool may_be_taken(const base::Error& error) const {
        const bool was_idle = session_.uses_count > 1 && answered_ == 0;
        const bool closed = error.kind == base::ErrorKind::closed || error.kind == base::ErrorKind::reset;
        return content_sent_ && !(was_idle && closed);
    }

    // What the server said to a recipient is better known than why it hung up later.
    void interrupt(const base::Error& error) {
        const mail::Outcome outcome = interrupted(error, session_.peer, phase());
        const bool taken = may_be_taken(error);
        session_.broke_off = is_lost(error) && !taken && !mail_refused_;
        for (std::size_t i = 0; i < commands_.rcpts.size() && !mail_refused_; ++i) {
            const std::size_t recipient = commands_.rcpts[i].recipient;
            const bool was_accepted =
                std::find(result_.accepted.begin(), result_.accepted.end(), recipient) != result_.accepted.end();
            if (was_accepted || i + 1 >= answered_) {
                taken ? ledger_.decide(recipient, outcome) : ledger_.settle(recipient, outcome);
            }
        }
        result_.data_wanted = false;
    }

    void handle(const smtp::RemoteReply& reply) {
        switch (kind(answered_)) {
            case Kind::mail:
                session_.mail_answered = reply.code != 421;
                if (reply.code_class() != 2) {
                    session_.note_refusal(reply);
                    mail_refused_ = true;
                    ledger_.settle_open(refused(reply, session_.peer, phases::mail));
                }
                break;
            case Kind::rcpt: {
                const std::size_t recipient = commands_.rcpts[answered_ - 1].recipient;
                if (mail_refused_) {
                    break;  // it was in flight already; the reply to MAIL is the reason
                }
                if (reply.code_class() == 2) {
                    result_.accepted.push_back(recipient);
                    if (commands_.aim == Aim::verify_by_rcpt) {
                        ledger_.settle(recipient, accepted(reply, session_.peer));
                    }
                } else {
                    session_.note_refusal(reply);
                    ledger_.settle(recipient, refused(reply, session_.peer, phases::rcpt));
                }
                break;
            }
            case Kind::data:
                if (content_queued_) {
                    result_.bdat_reply = reply;
                } else if (reply.code_class() == 3) {
                    result_.data_wanted = true;
                    settle_verified(reply);
                } else {
                    if (!result_.accepted.empty()) {
                        session_.note_refusal(reply);
                    }
                    for (const std::size_t recipient : result_.accepted) {
                        ledger_.settle(recipient, refused(reply, session_.peer, phases::data));
                    }
                }
                break;
        }
    }

    // The server waits for mail data that never comes: nothing but the end of the connection can follow.
    void settle_verified(const smtp::RemoteReply& reply) {
        if (commands_.aim != Aim::verify_by_data) {
            return;
        }
        session_.condition = Session::Condition::broken;
        mail::Outcome outcome = accepted(reply, session_.peer);
        outcome.status = "2.0.0";
        for (const std::size_t recipient : result_.accepted) {
            ledger_.settle(recipient, outcome);
        }
    }

    Session& session_;
    EnvelopeCommands commands_;
    Ledger& ledger_;
    const SmtpSettings& settings_;
    const world::Clock& clock_;
    EnvelopeResult result_;
    std::size_t sent_ = 0;
    std::size_t answered_ = 0;
    bool mail_refused_ = false;
    bool content_queued_ = false;
    bool content_sent_ = false;  // all of it: from here on the message may have been taken
};

}  // namespace

world::Task<EnvelopeResult> exchange_envelope(Session& session, EnvelopeCommands commands, Ledger& ledger,
                                              const SmtpSettings& settings, const world::Clock& clock) {
    Exchange exchange(session, std::move(commands), ledger, settings, clock);
    co_return co_await exchange.run();
}

}  // namespace posthouse::deliver
