#include "deliver/smtp/conversation.hpp"

#include <algorithm>

#include "base/format.hpp"
#include "base/text.hpp"
#include "deliver/smtp/envelope_commands.hpp"
#include "deliver/smtp/outgoing_content.hpp"
#include "deliver/smtp/pipelining.hpp"

namespace posthouse::deliver {
namespace {

// Ours: a small message leaves in one write, a big one never sits in memory.
constexpr std::size_t write_size = 64 * 1024;
constexpr std::size_t end_room = 512;  // for a few dots, the end of the data and QUIT
// Ours: how long a server that hung up in the middle of mail data is given to have told why.
constexpr std::chrono::seconds last_words_time{2};

struct Content {
    std::unique_ptr<mail::ContentReader> reader;
    mail::Block block;  // read, not yet sent; null at the end
};

mail::Outcome unreadable(const base::Error& error) {
    return mail::Outcome::deferred("4.3.0", base::format("cannot read the message: {}", error.text));
}

world::Task<base::Result<Content>> open_content(mail::ContentSource& source) {
    auto reader = co_await source.open();
    if (!reader) {
        co_return std::unexpected(reader.error());
    }
    auto block = co_await (*reader)->next();
    if (!block) {
        co_return std::unexpected(block.error());
    }
    co_return Content{std::move(*reader), std::move(*block)};
}

// A message that would fill more than one write gains little: the wait for DATA's reply is short beside it.
constexpr std::size_t chunk_size_max = write_size;

class Conversation {
public:
    Conversation(Session& session, const mail::DeliveryRequest& request, Ledger& ledger, const ConversationParts& parts, Afterwards afterwards)
        : session_(session),
          request_(request),
          envelope_(*request.envelope),
          ledger_(ledger),
          settings_(parts.settings),
          checks_(parts.checks),
          clock_(parts.clock),
          events_(parts.events),
          notes_(request.id, parts.events, parts.settings.speaker),
          afterwards_(afterwards) {}

    world::Task<void> run() {
        if (envelope_.only_asks()) {
            co_await ask();
            co_return;
        }
        auto content = co_await open_content(*request_.content);
        if (!content) {
            session_.note_trouble(Transcript::Trouble::resource);
            ledger_.settle_open(unreadable(content.error()));
            co_return;
        }
        if (const auto obstacle = find_obstacle(content->block ? std::string_view(*content->block) : std::string_view())) {
            ledger_.settle_open(*obstacle);
            co_return;
        }
        ++session_.uses_count;
        if (settings_.smtp_send_xforward_command && !session_.extensions.xforward.empty()) {
            const bool in_step = co_await forward_origin();
            if (!in_step) {
                co_return;
            }
        }
        EnvelopeCommands envelope_commands = commands();
        if (may_use_bdat()) {
            const bool read = co_await encode_chunk(*content, envelope_commands);
            if (!read) {
                co_return;
            }
        }
        EnvelopeResult envelope = co_await exchange_envelope(session_, std::move(envelope_commands), ledger_, settings_, clock_);
        accepted_ = std::move(envelope.accepted);
        if (envelope.bdat_reply) {
            judge_bdat(*envelope.bdat_reply);
            co_return;
        }
        if (!envelope.data_wanted) {
            co_return;
        }
        if (accepted_.empty()) {
            co_await end_without_recipients();
            co_return;
        }
        co_await send_content(std::move(*content));
    }

private:
    world::Task<void> ask() {
        if (const auto obstacle = find_obstacle({})) {
            ledger_.settle_open(*obstacle);
            co_return;
        }
        ++session_.uses_count;
        EnvelopeCommands question = commands();
        question.aim = settings_.smtp_address_verify_target_data ? EnvelopeCommands::Aim::verify_by_data : EnvelopeCommands::Aim::verify_by_rcpt;
        world::Task<EnvelopeResult> asking = exchange_envelope(session_, std::move(question), ledger_, settings_, clock_);
        const EnvelopeResult answer = co_await std::move(asking);
        if (session_.condition == Session::Condition::clean) {
            const auto reply = co_await session_.command("RSET", clock_.deadline_in(settings_.smtp_rset_timeout));
            if (reply && reply->code_class() != 2) {
                session_.condition = Session::Condition::spent;
            }
        }
    }

    // What the server's offers rule out before a byte is sent.
    [[nodiscard]] std::optional<mail::Outcome> find_obstacle(std::string_view content_start) const {
        const smtp::Extensions& offered = session_.extensions;
        std::optional<mail::Outcome> out;
        if (!offered.smtputf8 && needs_smtputf8(envelope_, request_.addresses, content_start)) {
            out = mail::Outcome::bounced("5.6.7", base::format("SMTPUTF8 is required, but was not offered by host {}", session_.peer.label()));
        } else if (offered.size_limit > 0 && envelope_.size.count > offered.size_limit) {
            out = mail::Outcome::bounced("5.3.4", base::format("message size {} exceeds size limit {} of server {}", envelope_.size.count,
                                                               offered.size_limit, session_.peer.label()));
        }
        if (out) {
            out->relay = session_.peer.relay();
        }
        return out;
    }

    [[nodiscard]] EnvelopeCommands commands() const {
        EnvelopeCommands out;
        const EnvelopeStyle style{.quoted = settings_.smtp_quote_rfc821_envelope,
                                  .dummy_auth = settings_.smtp_send_dummy_mail_auth && session_.authenticated};
        out.mail = mail_command(envelope_, session_.extensions, style);
        for (const std::size_t i : ledger_.open()) {
            const mail::Recipient& recipient = envelope_.recipients[request_.recipients[i]];
            out.rcpts.push_back({i, rcpt_command(recipient, request_.addresses[i], session_.extensions, style)});
        }
        return out;
    }

    // Refusals are of no interest: the next hop then knows less. False: a reply is missing. It would be taken for MAIL's, that
    // one for RCPT's, and at last a recipient's for that of the content: the session is of no use any more.
    world::Task<bool> forward_origin() {
        for (std::string& line : xforward_commands(envelope_.origin, request_.id, session_.extensions.xforward)) {
            const auto reply = co_await session_.command(std::move(line), clock_.deadline_in(settings_.smtp_xforward_timeout));
            if (!reply) {
                session_.broke_off = is_lost(reply.error());
                ledger_.settle_open(interrupted(reply.error(), session_.peer, phases::xforward));
                co_return false;
            }
        }
        co_return true;
    }

    [[nodiscard]] OutgoingContent outgoing(BodyEncoder::Framing framing) {
        const bool downgrades = envelope_.body == mail::BodyType::eight_bit_mime && !session_.extensions.eightbitmime && !settings_.disable_mime_output_conversion;
        return {settings_, framing, downgrades ? Downgrade::to_seven_bit : Downgrade::no, checks_, notes_};
    }

    // A block, or null for the end, of content that smtp_header_checks(5) or its kin look at. False: a table cannot answer.
    world::Task<bool> pass_checked(OutgoingContent& outgoing_content, mail::Block block, std::string& out) {
        world::Task<OutgoingContent::Answered> checking = block ? outgoing_content.append_checked(*block, out) : outgoing_content.finish_checked(out);
        const OutgoingContent::Answered answered = co_await std::move(checking);
        if (!answered) {
            const std::string id = request_.id.text();
            events_.on(settings_.speaker, observe::Remark{observe::Severity::warning, id, base::format("{} lookup error: {}", answered.error().list, answered.error().reason)});
            session_.note_trouble(Transcript::Trouble::resource);
            give_up(no_local_data(session_.peer));
        }
        co_return answered.has_value();
    }

    [[nodiscard]] bool may_use_bdat() const {
        return settings_.smtp_bdat && session_.extensions.chunking && envelope_.size.count <= chunk_size_max;
    }

    // The chunk stays empty if the message turns out to be too big: DATA then, from its start. False: it cannot be read.
    world::Task<bool> encode_chunk(Content& content, EnvelopeCommands& into) {
        OutgoingContent outgoing_content = outgoing(BodyEncoder::Framing::counted);
        std::string chunk;
        chunk.reserve(envelope_.size.count + envelope_.size.count / 16);
        while (content.block != nullptr && chunk.size() <= chunk_size_max) {
            if (!outgoing_content.is_checked()) {
                outgoing_content.append(*content.block, chunk);
            } else {
                const bool passed = co_await pass_checked(outgoing_content, content.block, chunk);
                if (!passed) {
                    co_return false;
                }
            }
            auto next = co_await content.reader->next();
            if (!next) {
                session_.note_trouble(Transcript::Trouble::resource);
                ledger_.settle_open(unreadable(next.error()));
                co_return false;
            }
            content.block = std::move(*next);
        }
        if (chunk.size() <= chunk_size_max) {
            if (!outgoing_content.is_checked()) {
                outgoing_content.finish(chunk);
            } else {
                const bool passed = co_await pass_checked(outgoing_content, nullptr, chunk);
                if (!passed) {
                    co_return false;
                }
            }
            into.chunk = std::move(chunk);
            co_return true;
        }
        auto again = co_await open_content(*request_.content);
        if (!again) {
            ledger_.settle_open(unreadable(again.error()));
            co_return false;
        }
        content = std::move(*again);
        co_return true;
    }

    void judge_bdat(const smtp::RemoteReply& reply) {
        if (accepted_.empty()) {
            return;  // a chunk for nobody is refused: what each recipient was told counts
        }
        if (!is_about_the_command(reply)) {
            judge_end(reply, phases::bdat);
            return;
        }
        // It offers what it does not know. Whether it skipped the content or reads it as commands is unknown: not a byte more.
        session_.bdat_refused = true;
        session_.note_refusal(reply);
        session_.condition = Session::Condition::broken;
        settle_accepted(made_temporary(refused(reply, session_.peer, phases::bdat)));
    }

    // DATA was in flight when the last recipient was refused: an empty message to nobody ends it.
    world::Task<void> end_without_recipients() {
        session_.io.queue(".\r\n");
        const auto reply = co_await session_.read_reply(clock_.deadline_in(settings_.smtp_data_done_timeout));
        if (reply && session_.condition == Session::Condition::clean) {
            session_.condition = Session::Condition::spent;
        }
    }

    world::Task<void> send_content(Content content) {
        OutgoingContent outgoing_content = outgoing(BodyEncoder::Framing::dot);
        data_began_ = clock_.now();
        session_.io.output().reserve(std::min<std::size_t>(envelope_.size.count, write_size) + end_room);
        while (content.block != nullptr) {
            if (!outgoing_content.is_checked()) {
                outgoing_content.append(*content.block, session_.io.output());
            } else {
                const bool passed = co_await pass_checked(outgoing_content, content.block, session_.io.output());
                if (!passed) {
                    co_return;
                }
            }
            if (session_.io.queued() >= write_size) {
                const auto sent = co_await session_.io.flush(data_deadline());
                if (!sent) {
                    co_await hear_last_words(sent.error());
                    co_return;
                }
            }
            auto next = co_await content.reader->next();
            if (!next) {
                session_.note_trouble(Transcript::Trouble::resource);
                give_up(unreadable(next.error()));
                co_return;
            }
            content.block = std::move(*next);
        }
        if (!outgoing_content.is_checked()) {
            outgoing_content.finish(session_.io.output());
        } else {
            const bool passed = co_await pass_checked(outgoing_content, nullptr, session_.io.output());
            if (!passed) {
                co_return;
            }
        }
        if (afterwards_ == Afterwards::quit && session_.extensions.pipelining) {
            session_.note_sent("QUIT");
            session_.io.queue("QUIT\r\n");
            session_.quit_sent = true;
        }
        co_await finish();
    }

    // Without the final dot the server must forget what it got: the connection is just closed.
    void give_up(const mail::Outcome& outcome) {
        session_.condition = Session::Condition::broken;
        ledger_.settle_open(outcome);
    }

    // From here on the message may have been taken. No answer means that nobody knows: such recipients are not tried at
    // another host, only at the next attempt.
    world::Task<void> finish() {
        const auto sent = co_await session_.io.flush(data_deadline());
        base::Result<smtp::RemoteReply> reply = std::unexpected(sent ? base::Error{} : sent.error());
        if (sent) {
            reply = co_await session_.read_reply(clock_.deadline_in(settings_.smtp_data_done_timeout));
        } else {
            session_.condition = Session::Condition::broken;
        }
        if (!reply) {
            decide_accepted(interrupted(reply.error(), session_.peer, phases::end_of_data));
            co_return;
        }
        if (session_.quit_sent && session_.condition == Session::Condition::clean) {
            session_.condition = Session::Condition::spent;
        }
        judge_end(*reply, phases::end_of_data);
    }

    void judge_end(const smtp::RemoteReply& reply, const Phase& phase) {
        if (reply.code_class() == 2) {
            decide_accepted(delivered(reply));
            return;
        }
        session_.note_refusal(reply);
        if (session_.condition == Session::Condition::clean) {
            session_.condition = Session::Condition::spent;
        }
        const bool is_refusal = reply.code_class() == 4 || reply.code_class() == 5;
        is_refusal ? settle_accepted(refused(reply, session_.peer, phase)) : decide_accepted(refused(reply, session_.peer, phase));
    }

    // A limit for each write, or one for all data that what was sent so far extends (smtp_per_request_deadline).
    [[nodiscard]] world::Deadline data_deadline() {
        data_sent_ += session_.io.queued();
        if (!settings_.smtp_per_request_deadline) {
            return clock_.deadline_in(settings_.smtp_data_xfer_timeout);
        }
        return world::Deadline::at(data_began_ + settings_.smtp_data_xfer_timeout + std::chrono::seconds(data_sent_ / settings_.smtp_min_data_rate));
    }

    // Some servers refuse a message in the middle of it and hang up; their reply says more than "lost connection".
    world::Task<void> hear_last_words(base::Error error) {
        session_.condition = Session::Condition::broken;
        session_.io.output().clear();
        const auto reply = co_await session_.read_reply(clock_.deadline_in(last_words_time));
        session_.condition = Session::Condition::broken;
        if (reply && (reply->code_class() == 4 || reply->code_class() == 5)) {
            settle_accepted(refused(*reply, session_.peer, phases::body));
        } else {
            session_.broke_off = true;
            settle_accepted(interrupted(error, session_.peer, phases::body));
        }
    }

    [[nodiscard]] mail::Outcome delivered(const smtp::RemoteReply& reply) const {
        mail::Outcome out = accepted(reply, session_.peer);
        if (session_.extensions.dsn) {
            out.action.clear();  // RFC 3461 §5.2.2: NOTIFY went along, the next server reports
        }
        return out;
    }

    void settle_accepted(const mail::Outcome& outcome) {
        for (const std::size_t recipient : accepted_) {
            ledger_.settle(recipient, outcome);
        }
    }
    void decide_accepted(const mail::Outcome& outcome) {
        for (const std::size_t recipient : accepted_) {
            ledger_.decide(recipient, outcome);
        }
    }

    Session& session_;
    const mail::DeliveryRequest& request_;
    const mail::Envelope& envelope_;
    Ledger& ledger_;
    const SmtpSettings& settings_;
    const checks::CheckSet& checks_;
    const world::Clock& clock_;
    observe::EventSink& events_;
    CheckNotes notes_;
    Afterwards afterwards_;
    std::vector<std::size_t> accepted_;
    world::SteadyTime data_began_;
    std::size_t data_sent_ = 0;  // bytes
};

}  // namespace

world::Task<void> send_message(Session& session, const mail::DeliveryRequest& request, Ledger& ledger, const ConversationParts& parts, Afterwards afterwards) {
    Conversation conversation(session, request, ledger, parts, afterwards);
    co_await conversation.run();
}

}  // namespace posthouse::deliver
