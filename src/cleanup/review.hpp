#pragma once
// Review: a message that milters look at before it is queued. Its header is in memory, field by field, its body in a draft in the
// spool, which is read as often as there are milters and copied into the message at the end. Lives on its message's core.
#include <memory>
#include <vector>

#include "cleanup/check_actions.hpp"
#include "mail/intake.hpp"
#include "mail/milters.hpp"
#include "mail/router.hpp"
#include "mail/spool.hpp"
#include "message/header_scanner.hpp"
#include "observe/event.hpp"

namespace posthouse::cleanup {

class Review final : public mail::MessageUnderReview {
public:
    struct Doors {
        mail::Spool& spool;
        const mail::Router& router;
        observe::EventSink& events;
        std::string label, queue_id;  // of the log
        world::Core& home;
        base::Bytes body_size_max{0};  // of a body that a milter makes; 0: no limit
    };
    /// Ours: a header of more bytes or fields than this is refused where milters look at it (552). Postfix takes as much as a message
    /// may have. A field takes some 100 bytes of memory, however short it is.
    static constexpr std::size_t header_size_max = 4 * 1024 * 1024;
    static constexpr std::size_t field_count_max = 50'000;

    Review(Doors doors, mail::Envelope& envelope) : doors_(std::move(doors)), envelope_(envelope) { begin_body(); }

    /// The message as it would be queued without milters, in blocks.
    world::Task<base::Result<void>> take(std::string_view bytes);
    world::Task<base::Result<void>> take_end();

    /// What the message is now, for the writer of the queue. Once, after the milters.
    world::Task<base::Result<std::uint64_t>> write_to(mail::SpoolWriter& writer);
    /// What went wrong and makes the message another than it came or milters wanted it: it must not be queued. The log has heard of it.
    [[nodiscard]] const std::optional<mail::IntakeRefusal>& failure() const { return failure_; }
    /// From now on `checks` sees the fields that milters add or change, and is kept as long as the review.
    const FieldChecks& check_fields(FieldChecks checks) { return checks_.emplace(std::move(checks)); }

    /// What the milters' answer to `event` means, if all went well until then (failure()): HOLD goes into the envelope, a refusal comes back; the log hears of either, and of DISCARD.
    [[nodiscard]] std::optional<mail::IntakeRefusal> obey(const mail::MilterAnswer& answer, std::string_view event);

    // MessageUnderReview
    [[nodiscard]] const mail::Envelope& envelope() const override { return envelope_; }
    [[nodiscard]] std::size_t field_count() const override { return fields_.size(); }
    [[nodiscard]] FieldView field(std::size_t number) const override;
    world::Task<base::Result<std::unique_ptr<mail::ContentReader>>> body() override;
    world::Task<void> add_field(std::string text) override { return insert_field(fields_.size(), std::move(text)); }
    world::Task<void> insert_field(std::size_t position, std::string text) override;
    world::Task<void> change_field(std::size_t number, std::string name, std::string text) override;
    void delete_field(std::size_t number, std::string_view name) override;
    void change_sender(std::string_view address, std::string_view parameters) override;
    void add_recipient(std::string_view address, std::string_view parameters) override;
    void delete_recipient(std::string_view address) override;
    void begin_body() override;
    world::Task<void> append_body(std::string bytes) override;
    [[nodiscard]] bool has_failed() const override { return failure_.has_value(); }
    [[nodiscard]] bool is_decided() const override { return checks_ && (checks_->actions.refusal() || envelope_.disposition == mail::Envelope::Disposition::discard); }

private:
    struct Field {
        std::string name, text;  // text: with CRLF line ends
        bool own = false;
    };
    // milter_header_checks: what the message gets in place of this field of a milter; empty: nothing.
    [[nodiscard]] world::Task<std::vector<std::string>> checked(std::string text);
    [[nodiscard]] std::vector<Field>::iterator find(std::size_t number, std::string_view name);
    void keep(std::vector<message::HeaderField>& fields);
    [[nodiscard]] bool has_room_for(const Field& field) const;
    void fail(mail::IntakeRefusal::Reason reason, std::string text);
    void warn(std::string_view text) const;
    [[nodiscard]] std::optional<std::string> parse_address(std::string_view address) const;

    Doors doors_;
    mail::Envelope& envelope_;
    std::optional<FieldChecks> checks_;  // milter_header_checks; unset: nothing is checked
    message::HeaderScanner scanner_{{.header_size_limit = {header_size_max}}};
    std::vector<message::HeaderField> scanned_;
    std::vector<Field> fields_;
    std::size_t header_size_ = 0;
    std::uint64_t body_size_ = 0;  // of a milter's body
    bool has_body_ = false;  // an empty line follows the header
    std::unique_ptr<mail::SpoolWriter> draft_;
    std::optional<mail::IntakeRefusal> failure_;
};

/// What the log says of a milter's answer to `event`: who sent what to whom, and the text.
[[nodiscard]] std::string milter_line(const mail::Envelope& envelope, std::string_view event, std::string_view text);

}  // namespace posthouse::cleanup
