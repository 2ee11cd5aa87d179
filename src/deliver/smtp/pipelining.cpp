#include "deliver/smtp/pipelining.hpp"

#include <algorithm>

namespace posthouse::deliver {
namespace {

// Ours: so much at once fits the send buffers of both sides with room for the replies, so that neither side waits for
// the other to read (RFC 2920 §3.1).
constexpr std::size_t flight_size_max = 8 * 1024;

enum class Kind { mail, rcpt, data };

class Exchange {
public:
    Exchange(Session& session, EnvelopeCommands commands, Ledger& ledger, const SmtpSettings& settings,
             const world::Clock& clock)
        : session_(session), commands_(std::move(commands)), ledger_(ledger), settings_(settings), clock_(clock) {}

    world::Task<EnvelopeResult> run() {
        const std::size_t count = commands_.rcpts.size() + (commands_.aim == Aim::verify_by_rcpt ? 1 : 2);
        while (answered_ < count && !is_over()) {
            queue_flight(count);
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
        if (!result_.data_wanted && commands_.aim == Aim::mail_data && session_.condition == Session::Condition::clean) {
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
                    session_.io.queue(commands_.mail);
                    break;
                case Kind::rcpt:
                    session_.io.queue(commands_.rcpts[sent_ - 1].line);
                    break;
                case Kind::data:
                    session_.io.queue("DATA\r\n");
                    break;
            }
            ++sent_;
        } while (sent_ < count && session_.extensions.pipelining && session_.io.queued() < flight_size_max);
    }

    [[nodiscard]] const Phase& phase() const {
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
        return clock_.deadline_in(settings_.smtp_data_init_timeout);
    }

    // What the server said to a recipient is better known than why it hung up later.
    void interrupt(const base::Error& error) {
        const mail::Outcome outcome = interrupted(error, session_.peer, phase());
        for (std::size_t i = 0; i < commands_.rcpts.size() && !mail_refused_; ++i) {
            const std::size_t recipient = commands_.rcpts[i].recipient;
            const bool was_accepted =
                std::find(result_.accepted.begin(), result_.accepted.end(), recipient) != result_.accepted.end();
            if (was_accepted || i + 1 >= answered_) {
                ledger_.settle(recipient, outcome);
            }
        }
        result_.data_wanted = false;
    }

    void handle(const smtp::RemoteReply& reply) {
        switch (kind(answered_)) {
            case Kind::mail:
                if (reply.code_class() != 2) {
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
                    ledger_.settle(recipient, refused(reply, session_.peer, phases::rcpt));
                }
                break;
            }
            case Kind::data:
                if (reply.code_class() == 3) {
                    result_.data_wanted = true;
                    settle_verified(reply);
                } else {
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
};

}  // namespace

world::Task<EnvelopeResult> exchange_envelope(Session& session, EnvelopeCommands commands, Ledger& ledger,
                                              const SmtpSettings& settings, const world::Clock& clock) {
    Exchange exchange(session, std::move(commands), ledger, settings, clock);
    co_return co_await exchange.run();
}

}  // namespace posthouse::deliver
