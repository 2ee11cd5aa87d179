#include "cleanup/intake.hpp"

#include "base/format.hpp"
#include "base/text.hpp"
#include "cleanup/characters.hpp"
#include "cleanup/check_actions.hpp"
#include "cleanup/duplicates.hpp"
#include "cleanup/envelope_changes.hpp"
#include "cleanup/header_stage.hpp"
#include "cleanup/return_notice.hpp"
#include "cleanup/review.hpp"

namespace posthouse::cleanup {

namespace {

struct Doors {
    std::shared_ptr<const CleanupSettings> settings;
    mail::Spool& spool;
    mail::Admission& admission;
    const mail::Router& router;
    observe::EventSink& events;
    mail::Notifier& notifier;
};

class CleanupSession final : public mail::IntakeSession {
public:
    CleanupSession(Doors doors, mail::MailSource source, std::unique_ptr<mail::SpoolWriter> writer, world::Core& home)
        : doors_(std::move(doors)), source_(source), writer_(std::move(writer)), home_(home), header_(*doors_.settings) {
        if (source_ == mail::MailSource::pickup) {
            writer_->keep_readable();  // for a notice that returns it
        }
    }

    [[nodiscard]] mail::QueueId queue_id() const override { return writer_->queue_id(); }

    void set_envelope(mail::Envelope envelope) override {
        envelope_ = std::move(envelope);
        complete_addresses(envelope_, doors_.router);
        begin_checks();
        judge_verp();
        const bool is_local = (source_ == mail::MailSource::pickup && !doors_.settings->no_milters) || (source_ == mail::MailSource::notification && doors_.settings->filters_notices);
        if (is_local && doors_.settings->local_milters && !envelope_.only_asks()) {
            local_milters_ = doors_.settings->local_milters(home_, queue_id().text());
            if (local_milters_) {
                set_milters(*local_milters_);
            }
        }
        if (source_ == mail::MailSource::pickup) {
            envelope_.content_filter = doors_.settings->content_filter;
        }
        drop_duplicates(envelope_.recipients, doors_.settings->duplicate_filter_limit);
        if (source_ == mail::MailSource::notification) {
            envelope_.header_context = mail::Envelope::HeaderContext::local;
        }
        header_.set_completion(envelope_, queue_id());
        detect_international_addresses();
        // Who declares SMTPUTF8 may have such headers.
        judges_headers_ = doors_.settings->strict_7bit_headers && source_ != mail::MailSource::notification && !envelope_.smtputf8;
        if (judges_headers_) {
            header_.look_for_utf8();
        }
    }

    void set_milters(mail::Milters& milters) override {
        milters_ = &milters;
        review_ = std::make_unique<Review>(Review::Doors{doors_.spool, doors_.router, doors_.events, doors_.settings->label, queue_id().text(), home_, doors_.settings->message_size_limit}, envelope_);
    }

    void change(const mail::MessageChanges& changes) override { changes_ = changes; }

    void take_along(mail::SpoolUpdate update) override { along_ = std::move(update); }

    world::Task<void> write(std::string_view bytes) override {
        if (is_over()) {
            co_return;
        }
        stripped_.clear();
        if (source_ != mail::MailSource::notification && !refusal_) {
            bytes = judge_characters(bytes);
            if (is_over()) {
                co_return;
            }
        }
        if (checking_ != nullptr) {
            checking_->passed.clear();
            world::Task<checks::ContentCheck::Answered> checking = checking_->content.feed(bytes, checking_->passed);
            const checks::ContentCheck::Answered answered = co_await std::move(checking);
            note_checks(answered);
            bytes = checking_->passed;
        }
        bytes = complete(bytes);
        co_await store(bytes);
    }

    world::Task<std::expected<mail::Committed, mail::IntakeRefusal>> finish() override {
        world::Task<std::expected<mail::Committed, mail::IntakeRefusal>> finishing = finish_content();
        auto finished = co_await std::move(finishing);
        if (!finished && returns(finished.error())) {
            world::Task<std::expected<mail::Committed, mail::IntakeRefusal>> returning = return_to_sender();
            finished = co_await std::move(returning);
        }
        co_return std::move(finished);
    }

private:
    world::Task<void> end_content() {
        if (checking_ != nullptr && !is_over()) {
            checking_->passed.clear();
            world::Task<checks::ContentCheck::Answered> checking = checking_->content.finish(checking_->passed);
            const checks::ContentCheck::Answered answered = co_await std::move(checking);
            note_checks(answered);
            const std::string_view rest = complete(checking_->passed);
            co_await store(rest);
        }
        if (!is_over() && !header_.header_ended()) {
            block_.clear();
            header_.finish(block_);
            header_done();
            size_ += block_.size();
            co_await store(block_);
        }
    }

    world::Task<std::expected<mail::Committed, mail::IntakeRefusal>> finish_content() {
        world::Task<void> ending = end_content();
        co_await std::move(ending);
        if (refusal_) {
            co_return std::unexpected(*refusal_);
        }
        if (checking_ != nullptr) {
            changes_.add(mail::MessageChanges(checking_->actions.changes()));
        }
        change_envelope(envelope_, changes_, doors_.router);
        drop_duplicates(envelope_.recipients, doors_.settings->duplicate_filter_limit);
        if (envelope_.disposition == mail::Envelope::Disposition::discard) {
            co_return writer_->discard();  // DISCARD: the client hears of success
        }
        if (milters_ != nullptr) {
            world::Task<After> reviewing = review();
            const After after = co_await std::move(reviewing);
            if (refusal_) {
                co_return std::unexpected(*refusal_);
            }
            if (after == After::discard) {
                co_return writer_->discard();
            }
        }
        if (doors_.router.has_aliases() && !envelope_.no_address_mappings && !(source_ == mail::MailSource::pickup && doors_.settings->no_address_mappings)) {
            world::Task<void> expanding = put_aliases_in_place();
            co_await std::move(expanding);
            if (refusal_) {
                co_return std::unexpected(*refusal_);
            }
        }
        envelope_.size = {size_};
        mail::StoredMessage message;
        message.id = queue_id();
        message.envelope = envelope_;
        message.recipients.resize(envelope_.recipients.size());
        message.queue = envelope_.disposition == mail::Envelope::Disposition::deliver ? mail::QueueName::active : mail::QueueName::hold;
        world::Task<base::Result<mail::Committed>> committing = writer_->commit_along(std::move(envelope_), message.queue, std::move(along_));
        auto committed = co_await world::uncancellable(std::move(committing));
        if (!committed) {
            fail(committed.error());
            co_return std::unexpected(*refusal_);
        }
        doors_.admission.committed(std::move(message), home_);
        co_return *committed;
    }

    /// Mail of a local program that its sender gets back.
    [[nodiscard]] bool returns(const mail::IntakeRefusal& refusal) const { return source_ == mail::MailSource::pickup && is_returnable(envelope_, refusal); }
    /// Nothing more is to be looked at or stored: not of what is refused, unless it is to be returned, and that as far as any mail may be long.
    [[nodiscard]] bool is_over() const {
        const auto limit = doors_.settings->message_size_limit.count;
        return refusal_ && (!returns(*refusal_) || (limit > 0 && size_ > limit));
    }

    world::Task<std::expected<mail::Committed, mail::IntakeRefusal>> return_to_sender() {
        if (review_) {  // milters refused it, or never saw it
            const auto ended = co_await review_->take_end();
            const auto written = co_await review_->write_to(*writer_);
            if (!ended || !written) {
                fail(ended ? written.error() : ended.error());
                co_return std::unexpected(*refusal_);
            }
        }
        envelope_.size = {size_};
        const ReturnDoors doors{doors_.events, doors_.settings->label, doors_.notifier, home_};
        world::Task<mail::IntakeRefusal> returning = cleanup::return_to_sender(queue_id(), envelope_, *refusal_, *writer_, doors);
        auto answer = co_await std::move(returning);
        co_return std::unexpected(std::move(answer));
    }

    // The header stage and the size limit; what is to be stored is valid until the next block.
    std::string_view complete(std::string_view bytes) {
        if (!header_.header_ended()) {
            block_.clear();
            header_.feed(bytes, block_);
            if (header_.header_ended()) {
                header_done();
            }
            bytes = block_;
        }
        size_ += bytes.size();
        const auto limit = doors_.settings->message_size_limit.count;
        if (limit > 0 && size_ > limit && source_ != mail::MailSource::notification && !refusal_) {
            refusal_ = {mail::IntakeRefusal::Reason::message_too_big, {}};
        }
        adopt_refusal();
        return bytes;
    }

    // receive_override_options; what is discarded anyway; our own notices are not looked at (internal_mail_filter_classes).
    void begin_checks() {
        const checks::CheckSet& set = doors_.settings->checks;
        const bool is_gone = envelope_.disposition == mail::Envelope::Disposition::discard;
        const bool spared = is_gone || envelope_.no_header_body_checks || (source_ == mail::MailSource::pickup && doors_.settings->no_header_body_checks) || source_ == mail::MailSource::notification;
        if (set.empty() || spared) {
            return;
        }
        checking_ = std::make_unique<Checking>(actions(CheckActions::Source::message), set);
    }

    [[nodiscard]] CheckActions actions(CheckActions::Source source) {
        std::string recipient = envelope_.recipients.empty() ? std::string() : envelope_.recipients.back().address;
        return {envelope_, std::move(recipient), queue_id(), doors_.events, doors_.settings->label, source};
    }

    void note_checks(const checks::ContentCheck::Answered& answered) {
        if (!answered && !checking_->actions.refusal()) {
            checking_->actions.defer(answered.error());
        }
        // Who looks at headers must not be led past one. Postfix does not mind if only bodies are looked at.
        if (const auto& field = checking_->content.nested_too_deep(); field && !checking_->actions.refusal() && doors_.settings->checks.has_header_lists()) {
            checking_->actions.reject_nesting(*field);
        }
    }

    void adopt_refusal() {
        if (checking_ != nullptr && !refusal_) {
            refusal_ = checking_->actions.refusal();
        }
    }


    world::Task<void> put_aliases_in_place() {
        world::Task<std::optional<mail::Expansion>> following = follow_aliases(envelope_, doors_.router);
        if (const auto failed = co_await std::move(following)) {
            const std::string id = queue_id().text();
            doors_.events.on(doors_.settings->label, observe::Remark{observe::Severity::warning, id, failed->reason + " -- message not accepted, try again later"});
            refusal_ = unexpanded(*failed);
        }
        drop_duplicates(envelope_.recipients, doors_.settings->duplicate_filter_limit);
    }

    // What remains is valid until the next block.
    std::string_view judge_characters(std::string_view bytes) {
        if (const auto& forbidden = doors_.settings->message_reject_characters; forbidden && has_any(bytes, *forbidden)) {
            reject("5.7.1 disallowed character");
        }
        const auto& unwanted = doors_.settings->message_strip_characters;
        return unwanted ? without(bytes, *unwanted, stripped_) : bytes;
    }

    void reject(std::string text) {
        const std::string id = queue_id().text(), line = refused_message_line(envelope_, text);
        doors_.events.on(doors_.settings->label, observe::Rejected{id, "reject", line});
        refusal_ = {mail::IntakeRefusal::Reason::rejected, std::move(text)};
    }

    void judge_verp() {
        if (const std::string problem = drop_bad_verp(envelope_, doors_.settings->verp_delimiter_filter); !problem.empty()) {
            const std::string id = queue_id().text();
            doors_.events.on(doors_.settings->label, observe::Remark{observe::Severity::warning, id, problem});
        }
    }

    // smtputf8_autodetect_classes: mail of programs that do not know of SMTPUTF8 asks for it where it needs it.
    void detect_international_addresses() {
        if (envelope_.smtputf8 || !doors_.settings->smtputf8_autodetects[static_cast<std::size_t>(source_)]) {
            return;
        }
        header_.look_for_utf8();
        envelope_.smtputf8 = has_international_addresses(envelope_);
    }

    void header_done() {
        const std::string id = queue_id().text();
        doors_.events.on(doors_.settings->label, observe::MessageIdentified{id, header_.message_id()});
        if (header_.says_8bit() && doors_.settings->detect_8bit_encoding_header) {
            envelope_.body = mail::BodyType::eight_bit_mime;
        }
        if (judges_headers_ && header_.is_international() && !refusal_) {
            reject("5.6.0 improper use of 8-bit data in message header");
            return;
        }
        envelope_.smtputf8 = envelope_.smtputf8 || header_.is_international();
        const std::size_t hops = checking_ != nullptr ? std::max(header_.hops(), checking_->content.hops()) : header_.hops();
        if (hops >= doors_.settings->hopcount_limit && !refusal_) {
            refusal_ = {mail::IntakeRefusal::Reason::too_many_hops, {}};
        }
    }

    // What milters say of the message; then the message as they left it goes to the queue.
    enum class After : std::uint8_t { queue, discard };
    world::Task<After> review() {
        const auto ended = co_await review_->take_end();
        if (!ended) {
            fail(ended.error());
            co_return After::queue;
        }
        const FieldChecks* field_checks = nullptr;
        if (const checks::CheckList& list = doors_.settings->milter_header_checks; !list.empty()) {
            field_checks = &review_->check_fields(FieldChecks{list, actions(CheckActions::Source::milter)});
        }
        world::Task<mail::MilterAnswer> inspecting = milters_->inspect(*review_);
        const mail::MilterAnswer answer = co_await std::move(inspecting);
        refusal_ = review_->is_decided() ? field_checks->actions.refusal() : review_->obey(answer, milters_->event());
        if (refusal_ || answer.kind == mail::MilterAnswer::Kind::discard || envelope_.disposition == mail::Envelope::Disposition::discard) {
            co_return After::discard;
        }
        if (field_checks != nullptr) {
            change_envelope(envelope_, field_checks->actions.changes(), doors_.router);
        }
        if (envelope_.recipients.empty()) {
            doors_.events.on(doors_.settings->label, observe::Remark{observe::Severity::info, queue_id().text(), "no recipient is left after milters: message dropped"});
            co_return After::discard;
        }
        drop_duplicates(envelope_.recipients, doors_.settings->duplicate_filter_limit);
        world::Task<base::Result<std::uint64_t>> writing = review_->write_to(*writer_);
        const auto written = co_await std::move(writing);
        if (!written) {
            fail(written.error());
        } else {
            size_ = *written;
        }
        review_.reset();
        co_return After::queue;
    }

    world::Task<void> store(std::string_view bytes) {
        if (is_over() || bytes.empty()) {
            co_return;
        }
        if (review_) {
            world::Task<base::Result<void>> taking = review_->take(bytes);
            const auto taken = co_await std::move(taking);
            if (!taken) {
                fail(taken.error());
            }
            co_return;
        }
        const auto written = co_await writer_->write(bytes);
        if (!written) {
            fail(written.error());
        }
    }

    void fail(const base::Error& error) {
        doors_.events.on(doors_.settings->label, observe::Remark{observe::Severity::warning, queue_id().text(), "cannot write to the spool: " + error.text});
        refusal_ = {error.kind == base::ErrorKind::no_space ? mail::IntakeRefusal::Reason::insufficient_storage : mail::IntakeRefusal::Reason::spool_failure, error.text};
    }

    Doors doors_;
    mail::MailSource source_;
    std::unique_ptr<mail::SpoolWriter> writer_;
    world::Core& home_;
    HeaderStage header_;
    mail::Envelope envelope_;
    std::unique_ptr<mail::Milters> local_milters_;
    mail::Milters* milters_ = nullptr;
    std::unique_ptr<Review> review_;  // with milters: the message until they have seen it
    std::string block_;
    std::string stripped_;
    bool judges_headers_ = false;  // strict_7bit_headers
    std::unique_ptr<Checking> checking_;  // null: nothing is checked
    std::uint64_t size_ = 0;
    mail::MessageChanges changes_;
    std::optional<mail::SpoolUpdate> along_;
    std::optional<mail::IntakeRefusal> refusal_;
};

}  // namespace

CleanupIntake::CleanupIntake(std::shared_ptr<const CleanupSettings> settings, mail::Spool& spool, mail::Admission& admission, const mail::Router& router,
                             mail::Notifier& notifier, observe::EventSink& events, world::Files& files, world::Clock& clock)
    : settings_(std::move(settings)), spool_(spool), admission_(admission), router_(router), notifier_(notifier), events_(events), files_(files), clock_(clock) {}

std::unique_ptr<mail::IntakeSession> CleanupIntake::begin(mail::MailSource source, world::Core& home) {
    return std::make_unique<CleanupSession>(Doors{settings_, spool_, admission_, router_, events_, notifier_}, source, spool_.create(home), home);
}

}  // namespace posthouse::cleanup
