#include "cleanup/review.hpp"

#include "base/format.hpp"
#include "base/text.hpp"
#include "cleanup/envelope_changes.hpp"
#include "smtp/command_parser.hpp"
#include "smtp/dsn_parameters.hpp"
#include "smtp/path.hpp"

namespace posthouse::cleanup {

namespace {

// Line ends as the spool has them, and one at the end. A bare CR becomes a space: it could end a line for somebody else.
std::string with_line_ends(std::string_view text) {
    std::string out;
    out.reserve(text.size() + 2);
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '\n' || (text[i] == '\r' && i + 1 < text.size() && text[i + 1] == '\n')) {
            i += text[i] == '\r' ? 1 : 0;
            // What follows must be a continuation, or it would be another field, or the body.
            const bool folds = i + 1 < text.size() && (text[i + 1] == ' ' || text[i + 1] == '\t');
            out += i + 1 == text.size() ? "" : folds ? "\r\n" : "\r\n\t";
        } else {
            out += text[i] == '\r' || text[i] == '\0' ? ' ' : text[i];
        }
    }
    return out + "\r\n";
}

}  // namespace

void Review::warn(std::string_view text) const { doors_.events.on(doors_.label, observe::Remark{observe::Severity::warning, doors_.queue_id, text}); }

void Review::fail(mail::IntakeRefusal::Reason reason, std::string text) {
    if (!failure_) {
        warn(text);
        failure_ = {reason, std::move(text)};
    }
}

bool Review::has_room_for(const Field& field) const { return fields_.size() < field_count_max && header_size_ + field.text.size() <= header_size_max; }

void Review::keep(std::vector<message::HeaderField>& fields) {
    for (message::HeaderField& one : fields) {
        const bool is_received = base::iequals(one.name, "Received");
        const bool own = is_received && std::none_of(fields_.begin(), fields_.end(), [](const Field& before) { return before.own; });
        Field field{std::move(one.name), std::move(one.text), own};
        if (!has_room_for(field)) {
            fail(mail::IntakeRefusal::Reason::message_too_big,
                 base::format("message refused: milters are shown headers of up to {} bytes and {} fields", header_size_max, field_count_max));
            break;
        }
        header_size_ += field.text.size();
        fields_.push_back(std::move(field));
    }
    fields.clear();
}

world::Task<base::Result<void>> Review::take(std::string_view bytes) {
    if (scanner_.end() == message::HeaderScanner::End::none) {
        const std::size_t used = scanner_.feed(bytes, scanned_);
        bytes.remove_prefix(used);
        keep(scanned_);
        if (scanner_.end() == message::HeaderScanner::End::none) {
            co_return base::Result<void>{};
        }
        has_body_ = true;
        const std::string start = scanner_.take_body_start();
        const auto begun = co_await draft_->write(start);
        if (!begun) {
            co_return begun;
        }
    }
    world::Task<base::Result<void>> writing = draft_->write(bytes);
    co_return co_await std::move(writing);
}

world::Task<base::Result<void>> Review::take_end() {
    if (scanner_.end() != message::HeaderScanner::End::none) {
        co_return base::Result<void>{};
    }
    scanner_.finish(scanned_);
    keep(scanned_);
    const std::string start = scanner_.take_body_start();
    has_body_ = !start.empty();
    world::Task<base::Result<void>> writing = draft_->write(start);
    co_return co_await std::move(writing);
}

world::Task<base::Result<std::uint64_t>> Review::write_to(mail::SpoolWriter& writer) {
    std::string header;
    for (const Field& field : fields_) {
        header += field.text;
    }
    header += has_body_ ? "\r\n" : "";
    std::uint64_t size = header.size();
    const auto begun = co_await writer.write(header);
    if (!begun) {
        co_return std::unexpected(begun.error());
    }
    auto reader = co_await draft_->read_back();
    if (!reader) {
        co_return std::unexpected(reader.error());
    }
    for (;;) {
        world::Task<base::Result<mail::Block>> reading = (*reader)->next();
        const auto block = co_await std::move(reading);
        if (!block) {
            co_return std::unexpected(block.error());
        }
        if (*block == nullptr) {
            co_return size;
        }
        size += (*block)->size();
        const auto written = co_await writer.write(**block);
        if (!written) {
            co_return std::unexpected(written.error());
        }
    }
}

mail::MessageUnderReview::FieldView Review::field(std::size_t number) const {
    const Field& field = fields_[number];
    return {field.name, field.text, field.own};
}

world::Task<base::Result<std::unique_ptr<mail::ContentReader>>> Review::body() { return draft_->read_back(); }

std::vector<Review::Field>::iterator Review::find(std::size_t number, std::string_view name) {
    return std::find_if(fields_.begin(), fields_.end(), [&](const Field& field) { return !field.own && base::iequals(field.name, name) && --number == 0; });
}

world::Task<std::vector<std::string>> Review::checked(std::string text) {
    std::vector<std::string> out;
    if (!checks_ || checks_->ended) {
        out.push_back(std::move(text));
        co_return out;
    }
    using Judged = std::expected<checks::Judgement, checks::Unanswered>;
    world::Task<Judged> asking = checks::check_line(checks_->list, checks::Part::header, text, checks_->actions);
    Judged judged = co_await std::move(asking);
    if (!judged) {
        checks_->actions.defer(judged.error());
        checks_->ended = true;
        co_return out;
    }
    checks_->ended = judged->ends_checks;
    if (!judged->prepended.empty()) {
        out.push_back(std::move(judged->prepended));
    }
    if (judged->line != checks::Judgement::Line::drop) {
        out.push_back(judged->line == checks::Judgement::Line::replace ? std::move(judged->replacement) : std::move(text));
    }
    co_return out;
}

world::Task<void> Review::insert_field(std::size_t position, std::string text) {
    world::Task<std::vector<std::string>> checking = checked(std::move(text));
    const std::vector<std::string> taken = co_await std::move(checking);
    for (const std::string& one : taken) {
        Field field{one.substr(0, one.find(':')), with_line_ends(one)};
        if (!has_room_for(field)) {
            fail(mail::IntakeRefusal::Reason::message_too_big, base::format("a milter makes a header of more than {} bytes or {} fields", header_size_max, field_count_max));
            co_return;
        }
        header_size_ += field.text.size();
        fields_.insert(fields_.begin() + static_cast<std::ptrdiff_t>(std::min(position++, fields_.size())), std::move(field));
    }
}

world::Task<void> Review::change_field(std::size_t number, std::string name, std::string text) {
    const auto found = find(number, name);
    auto position = static_cast<std::size_t>(found - fields_.begin());
    if (found != fields_.end()) {
        header_size_ -= found->text.size();
        fields_.erase(found);
    }
    world::Task<void> inserting = insert_field(position, std::move(text));
    co_await std::move(inserting);
}

void Review::delete_field(std::size_t number, std::string_view name) {
    if (const auto found = find(number, name); found != fields_.end()) {
        header_size_ -= found->text.size();
        fields_.erase(found);
    }
}

std::optional<std::string> Review::parse_address(std::string_view address) const {
    const auto parsed = smtp::parse_path(address);
    if (!parsed) {
        warn(base::format("milter: bad address \"{:.200}\": ignored", base::printable(address)));
        return std::nullopt;
    }
    return parsed->path.address;
}

void Review::change_sender(std::string_view address, std::string_view parameters) {
    const auto sender = parse_address(address);
    if (!sender) {
        return;
    }
    envelope_.reverse_path = mail::ReversePath(sender->empty() ? std::string() : doors_.router.rewrite(*sender));
    for (const smtp::EsmtpParameter& parameter : smtp::parse_esmtp_parameters(parameters)) {
        const auto ret = parameter.keyword == "RET" && parameter.value ? smtp::parse_dsn_return(*parameter.value) : std::nullopt;
        const auto id = parameter.keyword == "ENVID" && parameter.value ? smtp::parse_envelope_id(*parameter.value) : std::nullopt;
        if (ret) {
            envelope_.ret = *ret == smtp::DsnReturn::full ? mail::DsnRet::full : mail::DsnRet::hdrs;
        } else if (id) {
            envelope_.envelope_id = *id;
        } else if (parameter.keyword == "SMTPUTF8") {
            envelope_.smtputf8 = true;
        } else if (parameter.keyword != "SIZE" && parameter.keyword != "BODY") {
            warn(base::format("milter: ignored ESMTP parameter of the new sender: {:.100}", base::printable(parameter.text)));
        }
    }
}

void Review::add_recipient(std::string_view address, std::string_view parameters) {
    const auto parsed = parse_address(address);
    if (!parsed || parsed->empty()) {
        return;
    }
    if (envelope_.recipients.size() >= recipients_max) {
        fail(mail::IntakeRefusal::Reason::spool_failure, base::format("a milter makes the message have more than {} recipients", recipients_max));
        return;
    }
    mail::Recipient recipient;
    for (const smtp::EsmtpParameter& parameter : smtp::parse_esmtp_parameters(parameters)) {
        using Flag = smtp::DsnNotify;
        const auto notify = parameter.keyword == "NOTIFY" && parameter.value ? smtp::DsnNotify::parse(*parameter.value) : std::nullopt;
        const auto original = parameter.keyword == "ORCPT" && parameter.value ? smtp::OriginalRecipient::parse(*parameter.value) : std::nullopt;
        if (notify) {
            recipient.notify = {notify->has(Flag::never), notify->has(Flag::success), notify->has(Flag::failure), notify->has(Flag::delay)};
        } else if (original) {
            recipient.original_recipient = original->text();
        } else {
            warn(base::format("milter: ignored ESMTP parameter of a new recipient: {:.100}", base::printable(parameter.text)));
        }
    }
    recipient.address = doors_.router.rewrite(*parsed);
    recipient.original_address = *parsed;
    if (recipient.original_recipient.empty()) {
        recipient.original_recipient = "rfc822;" + *parsed;
    }
    envelope_.recipients.push_back(std::move(recipient));
}

void Review::delete_recipient(std::string_view address) {
    const auto parsed = parse_address(address);
    if (parsed) {
        std::erase_if(envelope_.recipients, [&](const mail::Recipient& one) { return (one.original_address.empty() ? one.address : one.original_address) == *parsed; });
    }
}

void Review::begin_body() {
    draft_ = doors_.spool.create(doors_.home);
    draft_->keep_readable();
    body_size_ = 0;
}

world::Task<void> Review::append_body(std::string bytes) {
    using Reason = mail::IntakeRefusal::Reason;
    has_body_ = true;
    body_size_ += bytes.size();
    if (doors_.body_size_max.count > 0 && body_size_ > doors_.body_size_max.count) {
        fail(Reason::message_too_big, base::format("a milter makes a body of more than {} bytes (message_size_limit)", doors_.body_size_max.count));
        co_return;
    }
    const auto written = co_await draft_->write(bytes);
    if (!written) {
        const bool is_full = written.error().kind == base::ErrorKind::no_space;
        fail(is_full ? Reason::insufficient_storage : Reason::spool_failure, "cannot write to the spool: " + written.error().text);
    }
}

std::optional<mail::IntakeRefusal> Review::obey(const mail::MilterAnswer& answer, std::string_view event) {
    using Kind = mail::MilterAnswer::Kind;
    using Reason = mail::IntakeRefusal::Reason;
    const auto log = [&](std::string_view action, std::string_view text) {
        const std::string line = milter_line(envelope_, event, text);
        doors_.events.on(doors_.label, observe::Rejected{doors_.queue_id, action, line});
    };
    if (failure_) {
        return failure_;
    }
    switch (answer.kind) {
        case Kind::go_on: return std::nullopt;
        case Kind::hold:
            if (envelope_.disposition != mail::Envelope::Disposition::hold) {
                log("milter-hold", "milter triggers HOLD action");
                envelope_.disposition = mail::Envelope::Disposition::hold;
            }
            return std::nullopt;
        case Kind::discard: log("milter-discard", "milter triggers DISCARD action"); return std::nullopt;
        case Kind::shutdown:
        case Kind::refuse: break;
    }
    const std::string text = answer.reply.text().substr(4);
    log("milter-reject", text);
    return mail::IntakeRefusal{answer.reply.is_permanent_negative() ? Reason::rejected : Reason::rejected_for_now, text, answer.reply};
}

std::string milter_line(const mail::Envelope& envelope, std::string_view event, std::string_view text) {
    const mail::Origin& origin = envelope.origin;
    const bool is_local = origin.client_address.empty();
    std::string line = base::format("{} from {}[{}]: {}; from=<{}>", event, is_local ? "localhost" : origin.client_name, is_local ? "127.0.0.1" : origin.client_address, text,
                                    envelope.reverse_path.address());
    line += envelope.recipients.empty() ? "" : base::format(" to=<{}>", envelope.recipients.back().address);
    line += origin.protocol.empty() ? "" : base::format(" proto={}", origin.protocol);
    line += origin.helo_name.empty() ? "" : base::format(" helo=<{}>", origin.helo_name);
    return line;
}

}  // namespace posthouse::cleanup
