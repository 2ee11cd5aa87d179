#include "receive/restrictions/evaluator.hpp"

#include "base/format.hpp"
#include "base/text.hpp"
#include "receive/restrictions/access_subject.hpp"

namespace posthouse::receive {

namespace {

constexpr unsigned nesting_max = 100;  // as Postfix: tables and classes may name each other in a circle

class Misconfigured final : public Restriction {
public:
    explicit Misconfigured(std::string word) : word_(std::move(word)) {}
    world::Task<Verdict> evaluate(const Facts&) const override { co_return server_configuration_error(); }
    [[nodiscard]] std::string name() const override { return word_; }

private:
    std::string word_;
};

std::unique_ptr<Restriction> make(const std::string& word, ListWords& words, const RestrictionContext& context) {
    for (const Family family : {make_basic, make_relay, make_mx_backup, make_access_map, make_policy_service, make_names, make_protocol, make_sender_login, make_listed, make_unverified, make_conduct, make_dns_lists, make_client_certificate}) {
        if (auto restriction = family(word, words, context)) {
            return restriction;
        }
    }
    return nullptr;
}

}  // namespace

std::unique_ptr<Restriction> make_misconfigured(std::string name) { return std::make_unique<Misconfigured>(std::move(name)); }

smtp::Reply refusal(int code, std::string_view status, std::string_view name, std::string_view rejected, std::string_view text) {
    smtp::EnhancedStatus fitting = smtp::EnhancedStatus::parse(status).value_or(smtp::EnhancedStatus{});
    fitting.status_class = static_cast<std::uint16_t>(code / 100);
    return smtp::Reply::make(code, fitting, base::format("<{}>: {} rejected: {}", name, rejected, text));
}

std::string stage_subject(const Facts& facts) {
    const AccessSubject subject = subject_of_stage(facts);
    return base::format("{}={}", subject.words, subject.name);
}

smtp::Reply stage_reply(const Facts& facts, int code, std::string_view status, std::string_view text) {
    const AccessSubject subject = subject_of_stage(facts);
    return refusal(code, status, subject.name, subject.words, text);
}

Verdict server_configuration_error() { return Verdict::failure(smtp::Reply::make(451, "4.3.5 Server configuration error")); }

Verdict lookup_failure(std::string_view name) { return Verdict::failure(smtp::Reply::make(451, base::format("4.3.0 <{}>: Temporary lookup failure", name))); }

Verdict lookup_failure(const Facts& facts) { return lookup_failure(subject_of_stage(facts).name); }

RestrictionList RestrictionList::parse(std::string_view parameter, const std::vector<std::string>& words, const RestrictionContext& context,
                                       const std::function<void(std::string)>& problem) {
    RestrictionList list;
    list.logged_permits_ = context.logged_permits;
    ListWords rest{words};
    bool warn = false;
    while (auto word = rest.argument()) {
        if (base::iequals(*word, "warn_if_reject")) {
            warn = true;
            continue;
        }
        auto restriction = make(*word, rest, context);
        if (!restriction) {
            problem(base::format("{}: unknown smtpd restriction: \"{}\"", parameter, *word));
            restriction = make_misconfigured(*word);
        }
        list.entries_.push_back({std::move(restriction), std::exchange(warn, false)});
    }
    return list;
}

// Takes over what a verdict brings besides its kind. warn_if_reject turns what would defer into a remark.
void RestrictionList::apply(SideEffects effects, Weight weight, Decision& decision, const Warned& warned) {
    for (const SideEffects::Note& note : effects.notes) {
        warned(note.action, note.text);
    }
    decision.changes.add(std::move(effects.changes));
    if (effects.defer_if_permit && weight == Weight::only_warns) {
        warned("reject_warning", effects.defer_if_permit->text());
    } else if (effects.defer_if_permit && !decision.defer_if_permit) {
        decision.defer_if_permit = std::move(effects.defer_if_permit);
    }
    if (effects.defer_if_reject && !decision.defer_if_reject) {
        decision.defer_if_reject = std::move(effects.defer_if_reject);
    }
}

world::Task<Verdict> RestrictionList::evaluate(const Facts& facts, Decision& decision, const Warned& warned) const {
    Facts warning;  // the same for restrictions behind warn_if_reject, whose inner lists refuse nothing either
    for (const Entry& entry : entries_) {
        const Weight weight = facts.only_warns || entry.warn_if_reject ? Weight::only_warns : Weight::counts;
        const std::size_t step = facts.trace != nullptr ? facts.trace->begin(facts.nesting, (entry.warn_if_reject ? "warn_if_reject " : "") + entry.restriction->name()) : 0;
        if (entry.warn_if_reject && !warning.only_warns) {
            warning = facts;
            warning.only_warns = true;
        }
        Verdict verdict = co_await entry.restriction->evaluate(entry.warn_if_reject ? warning : facts);
        if (facts.trace != nullptr) {
            facts.trace->end(step, facts.nesting, verdict, weight);
        }
        if (verdict.effects) {
            apply(std::move(*std::exchange(verdict.effects, nullptr)), weight, decision, warned);
        }
        switch (verdict.kind) {
            case Verdict::Kind::dunno: break;
            case Verdict::Kind::defer_if_permit: apply({.defer_if_permit = std::move(verdict.reply)}, weight, decision, warned); break;
            case Verdict::Kind::defer_if_reject: apply({.defer_if_reject = std::move(verdict.reply)}, weight, decision, warned); break;
            case Verdict::Kind::permit:
                if (logged_permits_ && !verdict.noted && !decision.defer_if_permit) {
                    co_await note_permit(entry, verdict, facts, warned);
                }
                co_return verdict;
            case Verdict::Kind::reject:
            case Verdict::Kind::disconnect:
                if (weight == Weight::only_warns && !verdict.is_failure) {
                    warned("reject_warning", verdict.reply.text());
                    break;
                }
                if (decision.softens(verdict.reply)) {
                    co_return Verdict::reject(*decision.defer_if_reject);
                }
                co_return verdict;
            case Verdict::Kind::warn: warned("warn", verdict.text); break;
            case Verdict::Kind::hold:
                warned("hold", verdict.text);
                decision.changes.hold = true;
                break;
            case Verdict::Kind::discard:
                warned("discard", verdict.text);
                decision.changes.discard = true;
                break;
        }
        if (decision.changes.discard) {
            co_return Verdict::permit();
        }
        if (decision.defer_if_permit && decision.defer_if_reject) {
            break;  // deferred it is, whatever follows
        }
    }
    co_return Verdict::dunno();
}

// smtpd_log_access_permit_actions.
world::Task<void> RestrictionList::note_permit(const Entry& entry, const Verdict& verdict, const Facts& facts, const Warned& warned) const {
    const std::string name = verdict.text.empty() ? entry.restriction->name() : verdict.text;
    const std::string action = name.substr(0, name.find(' '));
    const tables::Match match = co_await logged_permits_->match(action);
    if (match.is_match()) {
        Facts about = facts;
        about.stage = entry.restriction->subject_stage(facts.stage);
        const std::string from = verdict.text.empty() ? std::string() : verdict.text.substr(action.size());
        warned("permit", base::format("action={} for {}{}", action, stage_subject(about), from));
    }
}

world::Task<Verdict> RestrictionList::evaluate_nested(Facts facts) const {
    if (++facts.nesting > nesting_max) {
        co_return server_configuration_error();
    }
    Decision inner;
    std::vector<SideEffects::Note> notes;
    const Warned note = [&notes](std::string_view action, const std::string& text) { notes.push_back({std::string(action), text}); };
    Verdict verdict = co_await evaluate(facts, inner, note);
    verdict.noted = true;
    verdict.effects = std::make_unique<SideEffects>(std::move(notes), std::move(inner.changes), std::move(inner.defer_if_permit), std::move(inner.defer_if_reject));
    co_return verdict;
}

}  // namespace posthouse::receive
