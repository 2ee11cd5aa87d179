#include "cleanup/check_actions.hpp"

#include "base/format.hpp"
#include "smtp/enhanced_status.hpp"

namespace posthouse::cleanup {

namespace {

constexpr std::size_t content_shown = 200;  // bytes of the line in the log, as in Postfix
constexpr std::size_t milter_content_shown = 60;
constexpr std::size_t mime_error_shown = 100;

}  // namespace

CheckActions::CheckActions(mail::Envelope& envelope, std::string recipient, mail::QueueId id, observe::EventSink& events, const std::string& label, Source source)
    : envelope_(envelope), recipient_(std::move(recipient)), id_(id.text()), events_(events), label_(label), source_(source) {}

checks::ActionSink::Performed CheckActions::perform(const checks::Action& action, const checks::Place& place) {
    using Kind = checks::Action::Kind;
    using Disposition = mail::Envelope::Disposition;
    const std::string& text = action.text;
    switch (action.kind) {
        case Kind::reject: reject(text, place); return Performed::ends_checks;
        case Kind::discard:
            note("discard", place, text);
            envelope_.disposition = Disposition::discard;
            return Performed::ends_checks;
        case Kind::pass: note("pass", place, text); return Performed::ends_checks;
        case Kind::hold:
            if (envelope_.disposition == Disposition::deliver) {
                note("hold", place, text);
                envelope_.disposition = Disposition::hold;
            }
            return Performed::goes_on;
        case Kind::filter:
            if (text.empty()) {
                warn(base::format("missing FILTER command argument in {} map", place.list));
            } else if (text.find(':') == std::string::npos) {
                warn(base::format("bad FILTER command {} in {} -- need transport:destination", text, place.list));
            } else {
                changes_.filter = text;
                note("filter", place, text);
            }
            return Performed::goes_on;
        case Kind::redirect:
            if (text.find('@') == std::string::npos) {
                warn(base::format("bad REDIRECT target \"{}\" in {} map -- need user@domain", text, place.list));
                return Performed::goes_on;
            }
            changes_.redirect = text;
            note("redirect", place, text);
            return Performed::ends_checks;
        case Kind::bcc:
            if (text.find('@') == std::string::npos) {
                warn(base::format("bad BCC address \"{}\" in {} map -- need user@domain", text, place.list));
            } else {
                changes_.quiet_bcc.push_back(text);
                note("bcc", place, text);
            }
            return Performed::goes_on;
        case Kind::ignore:
        case Kind::prepend:
        case Kind::replace:
        case Kind::strip:
        case Kind::info:
        case Kind::warn:
        case Kind::dunno:
        case Kind::unknown: break;
    }
    return Performed::no_such_action;
}

void CheckActions::reject(const std::string& text, const checks::Place& place) {
    const auto [given, words] = smtp::split_status(text);
    smtp::EnhancedStatus status = given.value_or(smtp::EnhancedStatus{5, 7, 1});
    if (status.status_class == 2) {
        warn(base::format("bad DSN action in {} -- need 4.x.x or 5.x.x", text));
        status.status_class = 4;
    }
    const std::string reason = base::format("{} {}", status.text(), text.empty() ? "message content rejected" : words);
    note("reject", place, reason);
    refusal_ = {status.status_class == 4 ? mail::IntakeRefusal::Reason::rejected_for_now : mail::IntakeRefusal::Reason::rejected, reason};
}

void CheckActions::reject_nesting(std::string_view field) {
    constexpr std::string_view error = "MIME nesting exceeds safety limit";
    const std::string line = base::format("mime-error {}: {} from {}", error, field.substr(0, mime_error_shown), story({}));
    events_.on(label_, observe::Rejected{id_, "reject", line});
    refusal_ = {mail::IntakeRefusal::Reason::rejected, base::format("5.6.0 {}", error)};
}

void CheckActions::defer(const checks::Unanswered& why) {
    events_.warn(label_, why.reason);
    events_.on(label_, observe::Remark{observe::Severity::warning, id_, base::format("{} map lookup problem -- message not accepted, try again later", why.list)});
    refusal_ = {mail::IntakeRefusal::Reason::spool_failure, {}};
}

void CheckActions::note(std::string_view action, const checks::Place& place, std::string_view text) {
    const bool by_milter = source_ == Source::milter;
    const std::string word = base::format("{}{}", by_milter ? "milter-header-" : "", action);
    const std::string line = base::format("{} {} from {}", checks::part_word(place.part), place.line.substr(0, by_milter ? milter_content_shown : content_shown), story(text));
    events_.on(label_, observe::Rejected{id_, word, line});
}

void CheckActions::warn(std::string text) { events_.warn(label_, text); }

// "host[ip]; from=<> to=<> proto= helo=<>: text", without what is not known.
std::string CheckActions::story(std::string_view text) const {
    const mail::Origin& origin = envelope_.origin;
    std::string out = origin.client_address.empty() ? "local;" : base::format("{}[{}];", origin.client_name, origin.client_address);
    out += base::format(" from=<{}>", envelope_.reverse_path.address());
    if (!recipient_.empty()) {
        out += base::format(" to=<{}>", recipient_);
    }
    if (!origin.protocol.empty()) {
        out += " proto=" + origin.protocol;
    }
    if (!origin.helo_name.empty()) {
        out += base::format(" helo=<{}>", origin.helo_name);
    }
    if (!text.empty()) {
        out += ": ";
        out += text;
    }
    return out;
}

}  // namespace posthouse::cleanup
