#include "cleanup/intake.hpp"

#include "base/format.hpp"
#include "base/text.hpp"
#include "cleanup/check_actions.hpp"
#include "cleanup/duplicates.hpp"
#include "cleanup/envelope_changes.hpp"
#include "cleanup/header_stage.hpp"
#include "cleanup/review.hpp"

namespace posthouse::cleanup {

namespace {

struct Doors {
    std::shared_ptr<const CleanupSettings> settings;
    mail::Spool& spool;
    mail::Admission& admission;
    const mail::Router& router;
    observe::EventSink& events;
};

class CleanupSession final : public mail::IntakeSession {
public:
    CleanupSession(Doors doors, mail::MailSource source, std::unique_ptr<mail::SpoolWriter> writer, world::Core& home)
        : doors_(std::move(doors)), source_(source), writer_(std::move(writer)), home_(home), header_(*doors_.settings) {}

    [[nodiscard]] mail::QueueId queue_id() const override { return writer_->queue_id(); }

    void set_envelope(mail::Envelope envelope) override {
        envelope_ = std::move(envelope);
        complete_addresses(envelope_, doors_.router);
        begin_checks();
        judge_verp();
        redirect(envelope_, doors_.router);
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
        review_ = std::make_unique<Review>(Review::Doors{doors_.spool, doors_.router, doors_.events, doors_.settings->label, queue_id().text(), home_}, envelope_);
    }

    world::Task<void> write(std::string_view bytes) override {
        if (refusal_) {
            co_return;
        }
        stripped_.clear();
        if (source_ != mail::MailSource::notification) {
            bytes = judge_characters(bytes);
            if (refusal_) {
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
        if (checking_ != nullptr && !refusal_) {
            checking_->passed.clear();
            world::Task<checks::ContentCheck::Answered> checking = checking_->content.finish(checking_->passed);
            const checks::ContentCheck::Answered answered = co_await std::move(checking);
            note_checks(answered);
            const std::string_view rest = complete(checking_->passed);
            co_await store(rest);
        }
        if (!refusal_ && !header_.header_ended()) {
            block_.clear();
            header_.finish(block_);
            header_done();
            size_ += block_.size();
            co_await store(block_);
        }
        if (refusal_) {
            co_return std::unexpected(*refusal_);
        }
        if (envelope_.disposition == mail::Envelope::Disposition::discard) {
            co_return writer_->discard();  // DISCARD: the client hears of success
        }
        if (checking_ != nullptr) {
            change_recipients(checking_->actions);
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
        world::Task<base::Result<mail::Committed>> committing = writer_->commit(std::move(envelope_), message.queue);
        auto committed = co_await world::uncancellable(std::move(committing));
        if (!committed) {
            fail(committed.error());
            co_return std::unexpected(*refusal_);
        }
        doors_.admission.committed(std::move(message), home_);
        co_return *committed;
    }

private:
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
        if (limit > 0 && size_ > limit && source_ != mail::MailSource::notification) {
            refusal_ = {mail::IntakeRefusal::Reason::message_too_big, {}};
        }
        adopt_refusal();
        return bytes;
    }

    // receive_override_options; our own notices are not looked at (internal_mail_filter_classes).
    void begin_checks() {
        const checks::CheckSet& set = doors_.settings->checks;
        const bool spared = envelope_.no_header_body_checks || (source_ == mail::MailSource::pickup && doors_.settings->no_header_body_checks) || source_ == mail::MailSource::notification;
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
        if (!answered) {
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

    // BCC and REDIRECT of header_checks(5).
    void change_recipients(const CheckActions& actions) {
        add_copies(envelope_, actions.copies(), doors_.router);
        envelope_.redirect = actions.redirect();
        redirect(envelope_, doors_.router);
        drop_duplicates(envelope_.recipients, doors_.settings->duplicate_filter_limit);
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

    // message_reject_characters, message_strip_characters. What remains is valid until the next block.
    std::string_view judge_characters(std::string_view bytes) {
        const auto is_in = [](const std::bitset<256>& set) { return [&set](char c) { return set.test(static_cast<unsigned char>(c)); }; };
        if (const auto& forbidden = doors_.settings->message_reject_characters; forbidden && std::any_of(bytes.begin(), bytes.end(), is_in(*forbidden))) {
            reject("5.7.1 disallowed character");
        }
        if (const auto& unwanted = doors_.settings->message_strip_characters; unwanted && std::any_of(bytes.begin(), bytes.end(), is_in(*unwanted))) {
            std::remove_copy_if(bytes.begin(), bytes.end(), std::back_inserter(stripped_), is_in(*unwanted));
            return stripped_;
        }
        return bytes;
    }

    void reject(std::string text) {
        const std::string id = queue_id().text();
        const mail::Origin& origin = envelope_.origin;
        const std::string from = origin.client_address.empty() ? "local" : base::format("{}[{}]", origin.client_name, origin.client_address);
        const std::string line = base::format("message from {}; from=<{}> proto={} helo=<{}>: {}", from, envelope_.reverse_path.address(), origin.protocol, origin.helo_name, text);
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
        envelope_.smtputf8 = has_international_address(envelope_);
    }

    void header_done() {
        const std::string id = queue_id().text();
        doors_.events.on(doors_.settings->label, observe::MessageIdentified{id, header_.message_id()});
        if (header_.says_8bit() && doors_.settings->detect_8bit_encoding_header) {
            envelope_.body = mail::BodyType::eight_bit_mime;
        }
        if (judges_headers_ && header_.is_international()) {
            reject("5.6.0 improper use of 8-bit data in message header");
            return;
        }
        envelope_.smtputf8 = envelope_.smtputf8 || header_.is_international();
        const std::size_t hops = checking_ != nullptr ? std::max(header_.hops(), checking_->content.hops()) : header_.hops();
        if (hops >= doors_.settings->hopcount_limit) {
            refusal_ = {mail::IntakeRefusal::Reason::too_many_hops, {}};
        }
    }

    // What milters say of the message; then the message as they left it goes to the queue.
    enum class After : std::uint8_t { queue, discard };
    world::Task<After> review() {
        const auto ended = co_await review_->take_end();
        if (!ended || review_->header_too_large()) {
            fail(ended ? base::Error{base::ErrorKind::limit, "the header is too large for milters"} : ended.error());
            co_return After::queue;
        }
        std::optional<FieldChecks> field_checks;
        if (const checks::CheckList& list = doors_.settings->milter_header_checks; !list.empty()) {
            review_->check_fields(field_checks.emplace(FieldChecks{list, actions(CheckActions::Source::milter)}));
        }
        world::Task<mail::MilterAnswer> inspecting = milters_->inspect(*review_);
        const mail::MilterAnswer answer = co_await std::move(inspecting);
        if (field_checks) {
            refusal_ = field_checks->actions.refusal();
        }
        if (!review_->is_decided()) {
            obey(answer);
        }
        if (refusal_ || answer.kind == mail::MilterAnswer::Kind::discard || envelope_.disposition == mail::Envelope::Disposition::discard) {
            co_return After::discard;
        }
        if (field_checks) {
            change_recipients(field_checks->actions);
        }
        if (envelope_.recipients.empty()) {
            doors_.events.on(doors_.settings->label, observe::Remark{observe::Severity::info, queue_id().text(), "no recipient is left after milters: message dropped"});
            co_return After::discard;
        }
        drop_duplicates(envelope_.recipients, doors_.settings->duplicate_filter_limit);
        world::Task<base::Result<std::uint64_t>> writing = review_->write_to(*writer_);
        const auto written = co_await std::move(writing);
        if (!written || review_->failure()) {
            fail(written ? *review_->failure() : written.error());
        } else {
            size_ = *written;
        }
        review_.reset();
        co_return After::queue;
    }

    void obey(const mail::MilterAnswer& answer) {
        using Kind = mail::MilterAnswer::Kind;
        switch (answer.kind) {
            case Kind::go_on: return;
            case Kind::hold:
                if (envelope_.disposition != mail::Envelope::Disposition::hold) {
                    log_milter("milter-hold", "milter triggers HOLD action");
                    envelope_.disposition = mail::Envelope::Disposition::hold;
                }
                return;
            case Kind::discard: log_milter("milter-discard", "milter triggers DISCARD action"); return;
            case Kind::shutdown:
            case Kind::refuse: break;
        }
        const std::string text = answer.reply.text().substr(4);
        log_milter("milter-reject", text);
        refusal_ = {answer.reply.is_permanent_negative() ? mail::IntakeRefusal::Reason::rejected : mail::IntakeRefusal::Reason::rejected_for_now, text, answer.reply};
    }

    void log_milter(std::string_view action, std::string_view text) const {
        const std::string line = milter_line(envelope_, milters_->event(), text);
        const std::string id = queue_id().text();
        doors_.events.on(doors_.settings->label, observe::Rejected{id, action, line});
    }

    world::Task<void> store(std::string_view bytes) {
        if (refusal_ || bytes.empty()) {
            co_return;
        }
        if (review_) {
            world::Task<base::Result<void>> taking = review_->take(bytes);
            const auto taken = co_await std::move(taking);
            if (!taken) {
                fail(taken.error());
            } else if (review_->header_too_large()) {
                refusal_ = {mail::IntakeRefusal::Reason::message_too_big, {}};
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
    std::optional<mail::IntakeRefusal> refusal_;
};

}  // namespace

CleanupIntake::CleanupIntake(std::shared_ptr<const CleanupSettings> settings, mail::Spool& spool, mail::Admission& admission, const mail::Router& router,
                             observe::EventSink& events, world::Files& files, world::Clock& clock)
    : settings_(std::move(settings)), spool_(spool), admission_(admission), router_(router), events_(events), files_(files), clock_(clock) {}

std::unique_ptr<mail::IntakeSession> CleanupIntake::begin(mail::MailSource source, world::Core& home) {
    return std::make_unique<CleanupSession>(Doors{settings_, spool_, admission_, router_, events_}, source, spool_.create(home), home);
}

bool CleanupIntake::has_room(base::Bytes declared_size) const {
    // smtpd(8): queue_minfree, and at least 1.5 times message_size_limit, so that what was announced still fits.
    const auto now = clock_.now();
    if (now - room_checked_ >= std::chrono::seconds{1}) {
        room_checked_ = now;
        const auto free = files_.free_bytes(settings_->queue_directory);
        free_bytes_ = free ? *free : ~std::uint64_t{0};
    }
    const std::uint64_t wanted = std::max(settings_->queue_minfree.count, settings_->message_size_limit.count + settings_->message_size_limit.count / 2);
    return free_bytes_ >= wanted && free_bytes_ - declared_size.count >= settings_->queue_minfree.count && free_bytes_ >= declared_size.count;
}

}  // namespace posthouse::cleanup
