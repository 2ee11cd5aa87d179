// Session: mail data from the wire to the intake, in blocks; never a whole message in memory.
#include "base/format.hpp"
#include "milter/local_mail.hpp"
#include "receive/received_header.hpp"
#include "receive/replies.hpp"
#include "receive/session.hpp"
#include "smtp/address.hpp"

namespace posthouse::receive {

namespace {
constexpr std::size_t block_size = 64 * 1024;  // what the spool stores as one chunk
}

world::Task<void> Session::start_content() {
    mail::Envelope& envelope = transaction_.envelope;
    envelope.origin = {client_name_, peer_.address.text(), helo_name_, protocol(), sasl_method_, sasl_username_};
    if (forwarded_) {
        envelope.origin = forwarded_->origin;
    }
    envelope.header_context = headers_are_local() ? mail::Envelope::HeaderContext::local : mail::Envelope::HeaderContext::remote;
    // A filter between two of our own services adds no trace (smtpd.c: "an intermediate proxy").
    std::string header = transaction_.filter != nullptr && forwarded_ ? std::string() : make_received_header();
    apply_changes(header);
    show_message_to_milters();
    transaction_.intake->set_envelope(envelope);
    co_await transaction_.intake->write(header);
}

void Session::show_message_to_milters() {
    const bool wanted = !transaction_.changes.discard && transaction_.filter == nullptr;
    if (talk_ && wanted) {
        transaction_.intake->set_milters(talk_->chain);
    } else if (service_->local_milters && wanted) {
        transaction_.local_milters = std::make_unique<milter::LocalMail>(service_->local_milters, transaction_id(), milter::Connection::Doors{doors_.core.clock, doors_.events});
        transaction_.intake->set_milters(*transaction_.local_milters);
    }
}

// What access(5) actions have said that the content's way depends on; finish_message() tells the rest. PREPEND goes above our Received.
void Session::apply_changes(std::string& header) {
    mail::Envelope& envelope = transaction_.envelope;
    const MessageChanges& changes = transaction_.changes;
    if (changes.discard) {
        envelope.disposition = mail::Envelope::Disposition::discard;
    } else if (changes.hold) {
        envelope.disposition = mail::Envelope::Disposition::hold;
    }
    envelope.content_filter = settings_.content_filter;
    envelope.no_header_body_checks = settings_.no_header_body_checks;
    envelope.no_address_mappings = settings_.no_address_mappings;
    std::string prepended;
    for (const std::string& field : changes.prepend) {
        prepended += field + "\r\n";
    }
    header.insert(0, prepended);
}

std::string Session::make_received_header() {
    ReceivedFacts facts;
    facts.hides_session = settings_.smtpd_hide_client_session;
    facts.helo_name = helo_name_;
    facts.client_name = client_name_;
    facts.client_address = peer_.address.text();
    facts.myhostname = settings_.myhostname;
    facts.mail_name = settings_.mail_name;
    facts.protocol = (transaction_.envelope.smtputf8 ? "UTF8SMTP" : protocol()) + (tls_ && extended_ ? "S" : "") + (!sasl_username_.empty() && extended_ ? "A" : "");
    if (transaction_.filter == nullptr) {
        facts.queue_id = transaction_.intake->queue_id();
    }
    if (transaction_.envelope.recipients.size() == 1) {
        facts.recipient = smtp::quote_address(transaction_.envelope.recipients.front().address);
    }
    const auto now = transaction_.envelope.arrival;
    facts.date = message::mail_date(now, service_->zone ? service_->zone(now) : message::Zone{});
    if (settings_.smtpd_tls_received_header && tls_) {
        facts.tls = tls_;
        facts.asked_for_certificate = settings_.asks_for_certificate();
    }
    if (settings_.smtpd_sasl_authenticated_header) {
        facts.sasl_username = sasl_username_;
    }
    return received_header(facts);
}

world::Task<bool> Session::receive_mail_data() {
    const bool permitted = bare_newline_ == SmtpdSettings::ForbidBareNewline::no;
    smtp::DotReader reader({.bare_newline = permitted ? smtp::BareNewline::permitted : smtp::BareNewline::normalize});
    std::string content;
    deadline_.begin();
    for (;;) {
        const auto fed = reader.feed(stream_.buffered(), content);
        stream_.consume(fed.consumed);
        transaction_.content_bytes += fed.consumed;
        const bool done = fed.progress == smtp::DotReader::Progress::done;
        if (done || content.size() >= block_size) {
            co_await transaction_.intake->write(content);
            content.clear();
        }
        if (done) {
            note_line_ends(reader);
            co_return true;
        }
        const auto more = co_await stream_.fill(next_wait());
        waited(stream_.buffered().size());
        if (!more || !*more) {
            lost(more ? base::Error{base::ErrorKind::closed, "lost connection"} : more.error());
            co_return false;
        }
    }
}

world::Task<bool> Session::receive_chunk(std::uint64_t size) {
    std::string content;
    deadline_.begin();
    while (size > 0) {
        const std::string_view buffered = stream_.buffered().substr(0, size);
        if (!buffered.empty()) {
            const auto fed = transaction_.chunks->feed(buffered, content);
            stream_.consume(fed.consumed);
            transaction_.content_bytes += fed.consumed;
            size -= fed.consumed;
            if (content.size() >= block_size) {
                co_await transaction_.intake->write(content);
                content.clear();
            }
            continue;
        }
        const std::size_t before = stream_.buffered().size();
        const auto more = co_await stream_.fill(next_wait());
        waited(stream_.buffered().size() - before);
        if (!more || !*more) {
            lost(more ? base::Error{base::ErrorKind::closed, "lost connection"} : more.error());
            co_return false;
        }
    }
    co_await transaction_.intake->write(content);
    note_line_ends(*transaction_.chunks);
    co_return true;
}

void Session::note_line_ends(const smtp::DotReader& reader) {
    using Rule = SmtpdSettings::ForbidBareNewline;
    if (reader.saw_bare_newline()) {
        bare_newline_noted_ = bare_newline_noted_ || bare_newline_ == Rule::note;
        transaction_.bare_newline_refused = bare_newline_ == Rule::reject;
    }
}

smtp::Reply Session::bare_newline_refusal() const {
    return smtp::Reply::make(settings_.smtpd_forbid_bare_newline_reject_code, base::format("5.5.2 {} Error: bare <LF> received", settings_.myhostname));
}

std::optional<smtp::Reply> Session::line_ends_refused() const {
    if (!transaction_.bare_newline_refused) {
        return std::nullopt;
    }
    log_rejected("reject", "bare <LF> received");
    return bare_newline_refusal();
}

world::Task<bool> Session::skip_chunk(std::uint64_t size) {
    while (size > 0) {
        const std::size_t here = std::min<std::uint64_t>(size, stream_.buffered().size());
        stream_.consume(here);
        size -= here;
        if (size == 0) {
            break;
        }
        const std::size_t before = stream_.buffered().size();
        const auto more = co_await stream_.fill(next_wait());
        waited(stream_.buffered().size() - before);
        if (!more || !*more) {
            lost(more ? base::Error{base::ErrorKind::closed, "lost connection"} : more.error());
            co_return false;
        }
    }
    co_return true;
}

world::Task<std::expected<mail::Committed, smtp::Reply>> Session::finish_message() {
    where_ = end_of_message;
    if (auto refused = line_ends_refused()) {
        co_return std::unexpected(std::move(*refused));
    }
    if (!service_->end_of_data.empty()) {
        if (auto refused = co_await judge(service_->end_of_data, facts(Stage::end_of_data))) {
            co_return std::unexpected(std::move(*refused));
        }
    }
    if (transaction_.filter != nullptr) {
        world::Task<smtp::Reply> finishing = finish_filter();
        smtp::Reply said = co_await std::move(finishing);
        co_return std::unexpected(std::move(said));  // good or bad: there is no queue ID to build a reply from
    }
    transaction_.intake->change(transaction_.changes);
    auto committed = co_await transaction_.intake->finish();
    if (!committed) {
        smtp::Reply refusal = replies::refused(committed.error());
        co_return std::unexpected(std::move(refusal));
    }
    errors_ = junk_commands_ = 0;  // smtpd_soft_error_limit: errors "without delivering mail"
    co_return *committed;
}

}  // namespace posthouse::receive
