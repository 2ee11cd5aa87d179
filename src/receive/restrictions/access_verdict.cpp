#include "receive/restrictions/access_verdict.hpp"

#include "base/format.hpp"
#include "base/text.hpp"
#include "receive/restrictions/evaluator.hpp"
#include "receive/restrictions/message_action.hpp"

namespace posthouse::receive {

namespace {
Verdict noting(SideEffects effects) { return {Verdict::Kind::dunno, {}, {}, std::make_unique<SideEffects>(std::move(effects))}; }
}  // namespace

RestrictionContext for_values(const RestrictionContext& context) {
    RestrictionContext out = context;
    out.inside_table = true;
    out.open.cache = nullptr;
    out.open.warn = nullptr;
    return out;
}

world::Task<Verdict> AccessVerdicts::of(std::string value, AccessSubject subject, Facts facts) const {
    const AccessAction action = parse_access_action(value, context_.settings->access_map_reject_code, context_.settings->access_map_defer_code);
    if (action.kind != AccessAction::Kind::restrictions) {
        co_return verdict_of(action, subject, facts);
    }
    std::vector<std::string> words;
    for (const std::string_view word : base::split_braced(action.text)) {
        words.emplace_back(word);
    }
    facts.stage = subject.stage;
    const auto problem = [this](std::string what) { context_.log_warning(what); };
    const RestrictionList list = RestrictionList::parse(name_, words, context_, problem);
    co_return co_await list.evaluate_nested(std::move(facts));
}

Verdict AccessVerdicts::verdict_of(const AccessAction& action, const AccessSubject& subject, const Facts& facts) const {
    using Kind = AccessAction::Kind;
    const auto reply = [&] {
        return refusal(action.code, fitting_status(action.status, subject.status).text(), subject.name, subject.words, action.text);
    };
    switch (action.kind) {
        case Kind::ok: return {Verdict::Kind::permit, {}, base::format("{} from {}", action.text, name_.substr(name_.find(' ') + 1))};
        case Kind::dunno:
        case Kind::restrictions: break;
        case Kind::reject: return Verdict::reject(reply());
        case Kind::disconnect: return {Verdict::Kind::disconnect, reply(), {}};
        case Kind::defer_if_permit: return {Verdict::Kind::defer_if_permit, reply(), {}};
        case Kind::defer_if_reject: return {Verdict::Kind::defer_if_reject, reply(), {}};
        case Kind::warn: return {Verdict::Kind::warn, {}, action.text};
        case Kind::info: return noting({{{"info", action.text}}});
        case Kind::hold: return on_message(Verdict::Kind::hold, "HOLD", action, subject, facts);
        case Kind::discard: return on_message(Verdict::Kind::discard, "DISCARD", action, subject, facts);
        case Kind::filter:
        case Kind::redirect:
        case Kind::bcc:
        case Kind::prepend: return change_message(action, subject, facts);
    }
    return Verdict::dunno();
}

Verdict AccessVerdicts::on_message(Verdict::Kind kind, std::string_view word, const AccessAction& action, const AccessSubject& subject, const Facts& facts) const {
    if (!is_possible(word, facts)) {
        return Verdict::dunno();
    }
    const std::string text = action.text.empty() ? base::format("triggers {} action", word) : action.text;
    return {kind, {}, base::format("<{}>: {} {}", subject.name, subject.words, text)};
}

bool AccessVerdicts::is_possible(std::string_view word, const Facts& facts) const {
    if (others_queue_ && word != message_action_word(AccessAction::Kind::prepend)) {
        context_.log_warning(base::format("{}: with smtpd_proxy_filter specified, action {} is unavailable: skipped", name_, word));
        return false;
    }
    if (!facts.sender) {
        context_.log_warning(base::format("{}: {} needs a message and none has begun (smtpd_delay_reject = no): skipped", name_, word));
    }
    return facts.sender.has_value();
}

// Noted, and the next restriction decides.
Verdict AccessVerdicts::change_message(const AccessAction& action, const AccessSubject& subject, const Facts& facts) const {
    const std::string_view word = message_action_word(action.kind);
    if (!is_possible(word, facts)) {
        return Verdict::dunno();
    }
    const std::string_view problem = message_action_problem(action, facts.stage);
    if (!problem.empty()) {
        context_.log_warning(base::format("{}: {} \"{}\" for \"{}\": {}: skipped", name_, word, action.text, subject.name, problem));
        return Verdict::dunno();
    }
    SideEffects effects;
    apply_message_action(action, effects.changes);
    if (action.kind != AccessAction::Kind::prepend) {
        effects.notes.push_back({base::lower(word), base::format("<{}>: {} triggers {} {}", subject.name, subject.words, word, action.text)});
    }
    return noting(std::move(effects));
}

}  // namespace posthouse::receive
